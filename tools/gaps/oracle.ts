import { type Fault, fromState, type Program, type Row, SOURCES, slideOf } from './program.ts';

/*
 * What a program gives, worked out the stupid way: batch after batch, and each window from the batches that count.
 *
 *     a time that was left out, or could not be prepared   has no batch of any stream
 *     a batch that failed                                  has the streams that are computed from inputs alone; of those that
 *                                                          have state, or are computed from it, there is none
 */

/** What a source has at a batch time, in batches. */
export function sourceRows(seed: number, source: number, time: number): Row[] {
  const mixed = (seed * 31 + source * 17 + time * 7) % 101;
  return Array.from({ length: mixed % 4 }, (_, i) => [`k${(mixed + i * i) % 4}`, time] as const);
}

/** A value from any number: small, and above 0. */
export const small = (n: number): number => (n % 997) + 1;

/** Rows as they are compared: their order means nothing. */
export const textOf = (rows: readonly Row[]): string =>
  rows
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(' ');

class Poisoned extends Error {}

type State = ReadonlyMap<string, number>;

export class Oracle {
  readonly #program: Program;
  readonly #faults: ReadonlyMap<number, Fault>;
  /** Batches by stream and time: rows, what it fails with, or null where there is none. */
  readonly #batches = new Map<string, readonly Row[] | Poisoned | null>();
  #states = new Map<number, State>();

  constructor(program: Program) {
    this.#program = program;
    this.#faults = new Map(program.faults);
  }

  /**
   * The next batch time. @param isThere false where it is left out
   * @returns what its outputs see, by stream, and whether the batch fails; null: there is no batch
   */
  next(time: number, isThere: boolean): { readonly rows: ReadonlyMap<number, string>; readonly fails: boolean } | null {
    const fault = this.#faults.get(time) ?? null;
    const streams = Array.from({ length: SOURCES + this.#program.nodes.length }, (_, i) => i);
    if (!isThere || fault === 'prepare') {
      for (const stream of streams) this.#batches.set(`${stream}@${time}`, null);
      return null;
    }
    const before = new Map(this.#states);
    const rows = new Map<number, string>();
    let fails = fault !== null;
    for (const stream of streams) {
      if (time % slideOf(this.#program, stream) !== 0) continue;
      let batch: readonly Row[] | Poisoned;
      try {
        batch = this.#compute(stream, time);
        rows.set(stream, textOf(batch));
      } catch (e) {
        if (!(e instanceof Poisoned)) throw e;
        batch = e;
        fails = true;
      }
      this.#batches.set(`${stream}@${time}`, batch);
    }
    if (fails) {
      this.#states = before;
      for (const stream of streams) if (fromState(this.#program, stream)) this.#batches.set(`${stream}@${time}`, null);
    }
    return { rows: fault === 'compute' || fault === 'transform' ? new Map() : rows, fails };
  }

  #compute(stream: number, time: number): readonly Row[] {
    const { seed, nodes, poison } = this.#program;
    if (stream < SOURCES) {
      return stream === 0 && this.#faults.get(time) === 'compute' ? [] : sourceRows(seed, stream, time);
    }
    const { op, in: inputs, w } = nodes[stream - SOURCES];
    const [first, second] = inputs;
    switch (op) {
      case 'next':
        return this.#at(first, time).map(([k, v]) => [k, v + 1]);
      case 'poison':
        if (this.#at(first, time).some(([, v]) => poison.includes(v))) throw new Poisoned();
        return this.#at(first, time);
      case 'reduceByKey':
        return sums(this.#at(first, time));
      case 'union':
        return [...this.#at(first, time), ...this.#at(second, time)];
      case 'join': {
        const right = this.#at(second, time);
        return this.#at(first, time).flatMap(([k, a]) =>
          right.filter(([other]) => other === k).map(([, b]): Row => [k, small(a + b)]),
        );
      }
      case 'totals':
        return this.#totals(stream, this.#at(first, time), (values, total) =>
          small(values.reduce((a, b) => a + b, total)),
        );
      case 'running': {
        const rows = sums(this.#at(first, time));
        const state = new Map(
          this.#totals(stream, rows, (values, total) => (values.length === 0 ? total : small(values[0] + total))),
        );
        return rows.map(([k]) => [k, state.get(k) as number]);
      }
      case 'snapshots':
        return this.#totals(stream, sums(this.#at(first, time)), (values, total) =>
          values.length === 0 ? total : small(values[0] + total),
        );
      case 'dedupe': {
        const passed = new Map(this.#states.get(stream) ?? []);
        const fresh = this.#at(first, time).filter((row) => {
          const id = textOf([row]);
          const passes = time >= (passed.get(id) ?? Number.NEGATIVE_INFINITY) + w;
          if (passes) passed.set(id, time);
          return passes;
        });
        this.#states.set(stream, passed);
        return fresh;
      }
      case 'window':
        return this.#window(first, time, w);
      case 'sums':
      case 'sumsByInverse':
        return sums(this.#window(first, time, w));
      case 'counts':
        return sums(this.#window(first, time, w).map(([k]) => [k, 1]));
    }
  }

  #totals(stream: number, rows: readonly Row[], update: (values: number[], total: number) => number): Row[] {
    const state = new Map(this.#states.get(stream) ?? []);
    for (const key of new Set([...state.keys(), ...rows.map(([k]) => k)]))
      state.set(
        key,
        update(
          rows.filter(([k]) => k === key).map(([, v]) => v),
          state.get(key) ?? 0,
        ),
      );
    this.#states.set(stream, state);
    return [...state];
  }

  #window(stream: number, time: number, w: number): Row[] {
    const rows: Row[] = [];
    for (let t = Math.max(1, time - w + 1); t <= time; t++)
      if (t % slideOf(this.#program, stream) === 0) rows.push(...this.#at(stream, t));
    return rows;
  }

  #at(stream: number, time: number): readonly Row[] {
    const batch = this.#batches.get(`${stream}@${time}`) ?? [];
    if (batch instanceof Poisoned) throw batch;
    return batch;
  }
}

function sums(rows: readonly Row[]): Row[] {
  const by = new Map<string, number>();
  for (const [key, value] of rows) by.set(key, (by.get(key) ?? 0) + value);
  return [...by];
}
