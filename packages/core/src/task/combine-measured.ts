import { lookupKey } from '../data/key.ts';
import { paysToCombine } from '../skew/combine-choice.ts';
import type { HeavyKey } from '../skew/heavy-key.ts';
import { HEAVY_PART } from '../skew/key-sample.ts';
import { checkNotPromise, refuseUndefined } from './checks.ts';
import type { Columns } from './columns.ts';
import type { AggregatorFunctions, Entry } from './entries.ts';
import type { PipeInput } from './pipe-input.ts';
import type { Pipe, ProgramAggregator } from './program.ts';
import type { Sliced } from './slices.ts';
import type { TaskRun } from './task-run.ts';

/** With fewer records than this there is nothing to gain by looking. */
const SMALL = 4096;
/** One pair of so many is looked at before anything is decided, ... */
const ONE_OF = 64;
/** ... but no fewer, and no more: looking costs as much as combining them would. */
const LEAST_LOOKED_AT = 512;
const MOST_LOOKED_AT = 2048;
/** Records are read for a look in steps of so many. */
const STEP = 256;
/** Records until the next look; twice as many until the one after it, and so on. */
const UNTIL_NEXT = 32_768;
/** How many times the records so far a task is taken to have where nobody knows. */
const EXPECTED_MORE = 16;

/** What a map task has for each reducer, and keys that were heavy in a look at its pairs, where all that followed were combined. */
export interface Combined {
  readonly columns: readonly Columns[];
  readonly heavy: readonly HeavyKey[];
}

/** How a map task combines. */
export interface Combiner {
  readonly aggregator: ProgramAggregator;
  readonly operator: string;
  readonly reducers: number;
  readonly partition: (key: unknown) => number;
}

/**
 * Combines the values of a key in a map task where that pays, and leaves pairs as they are where it does not. Some pairs are looked at, which
 * decides for those that follow, until the next look:
 *
 *     records ─ look ─ combine … ─ look ─ move as they are … ─ look ─ …
 *
 * Looks are at record counts that depend on the input alone, and keys leave in the order in which they came: whatever is decided, and on
 * whatever backend, a reducer meets the keys in the same order.
 */
export function* combineMeasured(run: TaskRun, pipe: Pipe, combiner: Combiner): Sliced<Combined> {
  const input = yield* run.open(pipe);
  try {
    return yield* new MeasuredCombining(run, pipe, combiner, input).all();
  } finally {
    yield* input.close();
  }
}

class MeasuredCombining {
  readonly #run: TaskRun;
  readonly #pipe: Pipe;
  readonly #combiner: Combiner;
  readonly #input: PipeInput;
  readonly #functions: AggregatorFunctions;
  readonly #keys: unknown[][];
  readonly #values: unknown[][];
  #entries = new Map<unknown, Entry>();
  #combines = true;
  /** Whether keys may be there more than once. */
  #isMixed = false;
  readonly #heavy = new Map<unknown, HeavyKey>();
  #records = 0;
  readonly #lookedAt: number;

  constructor(run: TaskRun, pipe: Pipe, combiner: Combiner, input: PipeInput) {
    this.#run = run;
    this.#pipe = pipe;
    this.#combiner = combiner;
    this.#input = input;
    this.#functions = run.aggregator(combiner.aggregator);
    const share = Math.floor((input.total ?? 0) / ONE_OF);
    this.#lookedAt = Math.max(LEAST_LOOKED_AT, Math.min(MOST_LOOKED_AT, share));
    this.#keys = Array.from({ length: combiner.reducers }, () => []);
    this.#values = Array.from({ length: combiner.reducers }, () => []);
  }

  *all(): Sliced<Combined> {
    const { total } = this.#input;
    const looks = total === null || total >= SMALL;
    let until = 0;
    for (let more = true; more; ) {
      if (looks && this.#records >= until) {
        more = yield* this.#look();
        until = Math.max(UNTIL_NEXT, 2 * until);
      } else {
        const limit = looks ? until - this.#records : Number.POSITIVE_INFINITY;
        more = yield* this.#combines ? this.#combineSome(limit) : this.#moveSome(limit);
      }
    }
    this.#flush();
    const unique = !this.#isMixed;
    const columns = this.#keys.map((keys, r) => ({ keys, values: this.#values[r]!, ...(unique ? { unique } : {}) }));
    return { columns, heavy: unique ? [...this.#heavy.values()] : [] };
  }

  /** Reads some pairs as they are, and decides what is done with them and with those that follow. Whether there are more. */
  *#look(): Sliced<boolean> {
    const keys: unknown[] = [];
    const values: unknown[] = [];
    const state = this.#run.loopState(this.#pipe, { keys: [keys], values: [values] });
    const { operator } = this.#combiner;
    const into = { sink: { kind: 'scatter', reducers: 1 }, functions: [], operator, state } as const;
    let more = true;
    const from = this.#records;
    while (more && keys.length < this.#lookedAt) more = yield* this.#some(STEP, into);
    const { total } = this.#input;
    const records = total ?? EXPECTED_MORE * this.#records;
    const expected = (keys.length / (this.#records - from)) * records;
    const { often, ...counts } = countsOf(keys, this.#lookedAt);
    this.#note(often, counts.pairs, expected);
    this.#decide(paysToCombine({ ...counts, expected }));
    this.#run.blaming(operator, () =>
      this.#combines ? this.#combineThese(keys, values) : this.#moveThese(keys, values),
    );
    return more;
  }

  /** Books keys that are heavy in a look, with what they have of the task if it goes on like that. */
  #note(often: readonly HeavyKey[], pairs: number, expected: number): void {
    for (const { key, records } of often) {
      if (records * this.#combiner.reducers < HEAVY_PART * pairs) continue;
      const id = lookupKey(key);
      const most = Math.max(this.#heavy.get(id)?.records ?? 0, Math.round((records * expected) / pairs));
      this.#heavy.set(id, { key, records: most });
    }
  }

  #decide(combines: boolean): void {
    if (!combines) {
      this.#flush();
      this.#isMixed = true;
    }
    this.#combines = combines;
  }

  *#combineSome(limit: number): Sliced<boolean> {
    const { aggregator, operator } = this.#combiner;
    const { create, add } = aggregator;
    const functions = create === null ? [add] : [add, create];
    const state = this.#run.loopState(this.#pipe, { entries: this.#entries });
    const into = { sink: { kind: 'aggregate', create: create !== null }, functions, operator, state } as const;
    const more = yield* this.#some(limit, into);
    this.#run.recordsCombined += state.merged;
    return more;
  }

  *#moveSome(limit: number): Sliced<boolean> {
    const { operator, reducers, partition } = this.#combiner;
    const [keys, values] = [this.#keys, this.#values];
    const from = values.map((list) => list.length);
    const state = this.#run.loopState(this.#pipe, { keys, values, partition });
    const more = yield* this.#some(limit, { sink: { kind: 'scatter', reducers }, functions: [], operator, state });
    this.#run.blaming(operator, () => this.#accumulate(from));
    return more;
  }

  *#some(limit: number, into: Parameters<TaskRun['some']>[3]): Sliced<boolean> {
    const read = yield* this.#run.some(this.#pipe, this.#input, limit, into);
    this.#records += read;
    return read > 0;
  }

  /** Makes accumulators of the values behind these places, which reducers expect. */
  #accumulate(from: readonly number[]): void {
    const { create, add } = this.#functions;
    if (create === null) return;
    for (const [r, values] of this.#values.entries())
      for (let i = from[r]!; i < values.length; i++) values[i] = add(create(), values[i]);
  }

  #combineThese(keys: readonly unknown[], values: readonly unknown[]): void {
    const { create, add } = this.#functions;
    const { operator } = this.#combiner;
    const entries = this.#entries;
    let isFirst = true;
    for (let i = 0; i < keys.length; i++) {
      const id = lookupKey(keys[i]);
      const entry = entries.get(id);
      if (entry === undefined) {
        entries.set(id, { key: keys[i], value: create === null ? values[i] : add(create(), values[i]) });
        continue;
      }
      const sum = add(entry.value, values[i]);
      if (isFirst) checkNotPromise(sum, operator);
      isFirst = false;
      if (sum === undefined) refuseUndefined(keys[i], operator);
      entry.value = sum;
      this.#run.recordsCombined += 1;
    }
  }

  #moveThese(keys: readonly unknown[], values: readonly unknown[]): void {
    const { partition } = this.#combiner;
    const from = this.#values.map((list) => list.length);
    for (let i = 0; i < keys.length; i++) this.#push(partition(keys[i]), keys[i], values[i]);
    this.#accumulate(from);
  }

  /** What is combined so far leaves: it stands before what comes. */
  #flush(): void {
    const { partition, reducers } = this.#combiner;
    for (const { key, value } of this.#entries.values()) this.#push(reducers === 1 ? 0 : partition(key), key, value);
    this.#entries = new Map();
  }

  #push(reducer: number, key: unknown, value: unknown): void {
    this.#keys[reducer]!.push(key);
    this.#values[reducer]!.push(value);
  }
}

/** Fewer sightings are chance. */
const LEAST_SEEN = 8;

/** How many keys there are, of the first pairs that are enough to decide, and those that are there often. */
function countsOf(keys: readonly unknown[], enough: number) {
  const pairs = Math.min(keys.length, enough);
  const half = pairs >> 1;
  const met = new Set<unknown>();
  /** Of those that came again, which are few where counting would cost much. */
  const again = new Map<unknown, { key: unknown; records: number }>();
  let distinctInHalf = 0;
  let most = Math.min(1, pairs);
  for (let i = 0; i < pairs; i++) {
    if (i === half) distinctInHalf = met.size;
    const id = lookupKey(keys[i]);
    const before = met.size;
    if (met.add(id).size > before) continue;
    const seen = again.get(id);
    if (seen === undefined) again.set(id, { key: keys[i], records: 2 });
    else seen.records += 1;
    most = Math.max(most, seen?.records ?? 2);
  }
  const often: HeavyKey[] = [...again.values()].filter(({ records }) => records >= LEAST_SEEN);
  return { pairs, distinct: met.size, distinctInHalf, most, often };
}
