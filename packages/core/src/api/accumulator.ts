import { error } from '../errors/index.ts';
import { activeTask } from '../task/context.ts';
import { checkFunction } from './check-function.ts';

/**
 * A sum that tasks add to and the driver reads. What a task added counts when its batch commits, once for each partition:
 * a retried task counts once, a failed batch does not count.
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

  /** Adds: inside a task to the attempt's own sum, on the driver at once. */
  add(value: V): void {
    const task = activeTask();
    if (task === null) {
      this.#value = this.#plus(this.#value, value);
      return;
    }
    const { accumulated } = task;
    const sum = accumulated.has(this.name) ? (accumulated.get(this.name) as V) : this.#zero;
    accumulated.set(this.name, this.#plus(sum, value));
  }

  /** The sum over all committed batches. Meaningful on the driver; in a worker it is the zero. */
  get value(): V {
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
    const sums = new Map([...this.#accumulators].map(([name, accumulator]) => [name, accumulator.value]));
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
