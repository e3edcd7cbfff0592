import { error } from '../errors/index.ts';
import { activeTask } from '../task/context.ts';
import { checkFunction } from './check-function.ts';
import { outputBatch } from './output-scope.ts';

/**
 * A sum that tasks and outputs add to and the driver reads. What they added counts when their batch commits: a retried task or
 * batch counts once, a failed batch does not count. What the driver adds outside of outputs counts at once.
 *
 * @example
 * ```ts
 * const bad = ssc.accumulator('bad records', 0, (a, b) => a + b);
 * const numbers = lines.map(Number).filter((n) => { if (Number.isNaN(n)) bad.add(1); return !Number.isNaN(n); });
 * bad.value;
 * ```
 */
export class Accumulator<V> {
  readonly name: string;
  readonly #zero: V;
  readonly #plus: (a: V, b: V) => V;
  #value: V;

  constructor(name: string, zero: V, plus: (a: V, b: V) => V) {
    this.name = name;
    this.#zero = zero;
    this.#plus = plus;
    this.#value = zero;
  }

  /** Adds: inside a task to the attempt's own sum, inside an output's function to the batch's, elsewhere on the driver at once. */
  add(value: V): void {
    const sums = activeTask()?.accumulated ?? ownSums();
    if (sums === null) this.#value = this.#plus(this.#value, value);
    else sums.set(this.name, this.#plus(sums.has(this.name) ? (sums.get(this.name) as V) : this.#zero, value));
  }

  /**
   * The sum over all committed batches; inside an output's function with what outputs of its batch have added so far. Meaningful
   * on the driver; in a worker it is the zero.
   */
  get value(): V {
    const sums = ownSums();
    return sums?.has(this.name) ? this.#plus(this.#value, sums.get(this.name) as V) : this.#value;
  }

  /** The sum without what belongs to a batch that has not committed; for the engine. */
  get committed(): V {
    return this.#value;
  }

  /** Two values together; for the engine. */
  plus(a: V, b: unknown): V {
    return this.#plus(a, b as V);
  }

  /** Sets the sum; for the engine. */
  set(value: unknown): void {
    this.#value = value as V;
  }

  /** Applies what an attempt that counts has added; for the engine. */
  apply(value: unknown): void {
    this.#value = this.#plus(this.#value, value as V);
  }
}

/** Sums of the batch in whose output this is called; null elsewhere, and once the batch is about to count. */
function ownSums(): Map<string, unknown> | null {
  const batch = outputBatch();
  return batch?.takesSums ? batch.added : null;
}

/** A context's accumulators by name. */
export class AccumulatorRegistry {
  readonly #accumulators = new Map<string, Accumulator<unknown>>();

  /** @throws MR_DUPLICATE_NAME, MR_NOT_A_FUNCTION */
  add<V>(name: string, zero: V, plus: (a: V, b: V) => V): Accumulator<V> {
    checkFunction('accumulator', 'add', plus);
    if (this.#accumulators.has(name))
      throw error('MR_DUPLICATE_NAME', { name, first: 'an accumulator', second: 'another' });
    const accumulator = new Accumulator<V>(name, zero, plus);
    this.#accumulators.set(name, accumulator as Accumulator<unknown>);
    return accumulator;
  }

  /** All sums, as they will be with values that tasks have added. */
  after(values: Iterable<readonly [name: string, value: unknown]>): (readonly [name: string, value: unknown])[] {
    const sums = new Map([...this.#accumulators].map(([name, accumulator]) => [name, accumulator.committed]));
    for (const [name, value] of values) {
      const accumulator = this.#accumulators.get(name);
      if (accumulator !== undefined) sums.set(name, accumulator.plus(sums.get(name), value));
    }
    return [...sums];
  }

  /** Sets sums; those of accumulators that are gone are left out. */
  set(sums: Iterable<readonly [name: string, value: unknown]>): void {
    for (const [name, value] of sums) this.#accumulators.get(name)?.set(value);
  }

  apply(values: Iterable<readonly [name: string, value: unknown]>): void {
    for (const [name, value] of values) this.#accumulators.get(name)?.apply(value);
  }
}
