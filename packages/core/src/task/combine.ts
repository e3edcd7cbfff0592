import { type CombineLook, cannotPay, type FirstPairs, paysToCombine } from '../skew/combine-choice.ts';
import type { HeavyKey } from '../skew/heavy-key.ts';
import { HEAVY_PART } from '../skew/key-sample.ts';
import { type Accumulators, type AggregatorFunctions, checkAccumulator, noAccumulators } from './accumulators.ts';
import type { Columns } from './columns.ts';
import type { PipeInput } from './pipe-input.ts';
import type { Pipe, ProgramAggregator } from './program.ts';
import type { Sliced } from './slices.ts';
import type { LoopTarget, TaskRun } from './task-run.ts';

/** With fewer records than this there is nothing to gain by looking. */
const SMALL = 4096;
/** Fewer sightings of a key are chance. */
const LEAST_SEEN = 8;
/** One pair of so many is combined before anything is decided, ... */
const ONE_OF = 64;
/** ... but no fewer, and no more: where combining does not pay, these are what it costs, or half of them where that is clear. */
const LEAST_LOOKED_AT = 512;
const MOST_LOOKED_AT = 2048;
/** While a task combines it looks again at so many times the records. */
const NEXT_LOOK = 4;
/** Records until a task that does not combine tries again; twice as many until the next time, and so on. */
const UNTIL_NEXT = 32_768;
/** How many times the records so far a task is taken to have where nobody knows. */
const EXPECTED_MORE = 16;

/** What a map task has for each reducer, and keys that were heavy among its pairs, if it has combined all of them. */
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
  /** Whether only where it pays. */
  readonly measured: boolean;
}

/**
 * Combines the values of a key in a map task: all of them, or where that pays, and leaves pairs as they are where it does not. What the first pairs
 * leave decides for those that follow, and what four times as many leave decides again:
 *
 *     records ─ combine ─ combine … ─ move as they are … ─ combine ─ move as they are …
 *                       ╵ look      ╵ look                         ╵ look
 *
 * Looks are at record counts that depend on the input alone, and keys leave in the order in which they came: whatever is decided, and on
 * whatever backend, a reducer meets the keys in the same order.
 */
export function* combine(run: TaskRun, pipe: Pipe, combiner: Combiner): Sliced<Combined> {
  const input = yield* run.open(pipe);
  try {
    return yield* new Combining(run, pipe, combiner, input).all();
  } finally {
    yield* input.close();
  }
}

class Combining {
  readonly #run: TaskRun;
  readonly #pipe: Pipe;
  readonly #combiner: Combiner;
  readonly #input: PipeInput;
  readonly #functions: AggregatorFunctions;
  readonly #keys: unknown[][];
  readonly #values: unknown[][];
  /** What is combined since the task began to, and how many pairs were added to one that was there. */
  #combined: Accumulators = noAccumulators();
  #merged = 0;
  #heavy: HeavyKey[] = [];
  /** Whether keys may be there more than once. */
  #isMixed = false;
  #records = 0;

  constructor(run: TaskRun, pipe: Pipe, combiner: Combiner, input: PipeInput) {
    this.#run = run;
    this.#pipe = pipe;
    this.#combiner = combiner;
    this.#input = input;
    this.#functions = run.aggregator(combiner.aggregator, combiner.operator);
    this.#keys = Array.from({ length: combiner.reducers }, () => []);
    this.#values = Array.from({ length: combiner.reducers }, () => []);
  }

  *all(): Sliced<Combined> {
    const { total } = this.#input;
    if (!this.#combiner.measured || (total !== null && total < SMALL)) {
      while (yield* this.#combineSome(Number.POSITIVE_INFINITY));
    } else {
      for (let until = UNTIL_NEXT; yield* this.#combineWhilePaid(); ) {
        this.#flush();
        this.#isMixed = true;
        while (until <= this.#records) until *= 2;
        if (!(yield* this.#upTo(until, (limit) => this.#moveSome(limit)))) break;
      }
    }
    this.#flush();
    const unique = !this.#isMixed;
    const columns = this.#keys.map((keys, r) => ({ keys, values: this.#values[r]!, ...(unique ? { unique } : {}) }));
    return { columns, heavy: unique ? this.#heavy : [] };
  }

  /** Combines until it pays no longer: true then, or false behind the last record. */
  *#combineWhilePaid(): Sliced<boolean> {
    const from = this.#records;
    const share = Math.floor((this.#input.total ?? 0) / ONE_OF);
    const lookedAt = Math.max(LEAST_LOOKED_AT, Math.min(MOST_LOOKED_AT, share));
    const counts: number[] = [];
    for (const wanted of [lookedAt >> 1, lookedAt]) {
      if (!(yield* this.#combineFirst(from, wanted, counts))) return false;
      if (wanted < lookedAt && cannotPay(this.#look(from, firstPairs(counts)))) return true;
    }
    const first = firstPairs(counts);
    this.#heavy = heavyOf(this.#combined.keys, counts, first.pairs, this.#expected(from), this.#combiner.reducers);
    for (let look = this.#look(from, first); paysToCombine(look); ) {
      const until = from + NEXT_LOOK * (this.#records - from);
      if (!(yield* this.#upTo(until, (limit) => this.#combineSome(limit)))) return false;
      // Of some records no pair is left: a few more pairs tell nothing new.
      if (this.#pairs >= 2 * look.pairs) look = this.#look(from, first, look);
    }
    return true;
  }

  /** Combines and counts until there are so many pairs; false behind the last record. Of some records no pair is left. */
  *#combineFirst(from: number, pairs: number, counts: number[]): Sliced<boolean> {
    for (let until = from + pairs; this.#pairs < pairs; until = from + 2 * (this.#records - from))
      if (!(yield* this.#upTo(until, (limit) => this.#combineSome(limit, counts)))) return false;
    return true;
  }

  #look(from: number, first: FirstPairs, before: CombineLook['before'] = null): CombineLook {
    const [pairs, distinct] = [this.#pairs, this.#combined.keys.length];
    return { pairs, distinct, first, before, expected: this.#expected(from) };
  }

  /** How many pairs there will be from that record on. */
  #expected(from: number): number {
    const records = this.#input.total ?? EXPECTED_MORE * this.#records;
    return (this.#pairs / (this.#records - from)) * (records - from);
  }

  get #pairs(): number {
    return this.#combined.keys.length + this.#merged;
  }

  /** Reads on to a record count; whether there may be more. */
  *#upTo(records: number, some: (limit: number) => Sliced<boolean>): Sliced<boolean> {
    while (this.#records < records) if (!(yield* some(records - this.#records))) return false;
    return true;
  }

  *#combineSome(limit: number, counts: number[] | null = null): Sliced<boolean> {
    const { aggregator, operator } = this.#combiner;
    const { create, add } = aggregator;
    const { places, keys, values } = this.#combined;
    const into = { places, counts: counts ?? [], keys: [keys], values: [values] };
    const state = this.#run.loopState(this.#pipe, into);
    const more = yield* this.#some(limit, {
      sink: { kind: 'aggregate', create: create !== null, counts: counts !== null },
      functions: create === null ? [add] : [add, create],
      operator,
      state,
    });
    this.#merged += state.merged;
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

  *#some(limit: number, into: LoopTarget): Sliced<boolean> {
    const read = yield* this.#run.some(this.#pipe, this.#input, limit, into);
    this.#records += read;
    return read > 0;
  }

  /** Makes accumulators of the values behind these places, which reducers expect. */
  #accumulate(from: readonly number[]): void {
    const { create, add, operator } = this.#functions;
    if (create === null) return;
    let isFirst = true;
    for (const [r, values] of this.#values.entries()) {
      for (let i = from[r]!; i < values.length; i++) {
        values[i] = add(create(), values[i]);
        if (isFirst || values[i] === undefined) checkAccumulator(values[i], this.#keys[r]![i], isFirst, operator);
        isFirst = false;
      }
    }
  }

  /** What is combined so far leaves: it stands before what comes. */
  #flush(): void {
    this.#run.blaming(this.#combiner.operator, () => this.#leave());
  }

  #leave(): void {
    const { partition, reducers } = this.#combiner;
    const { keys, values } = this.#combined;
    if (reducers === 1 && !this.#isMixed) {
      this.#keys[0] = keys;
      this.#values[0] = values;
    } else {
      for (let i = 0; i < keys.length; i++) {
        const reducer = reducers === 1 ? 0 : partition(keys[i]);
        this.#keys[reducer]!.push(keys[i]);
        this.#values[reducer]!.push(values[i]);
      }
    }
    this.#run.recordsCombined += this.#merged;
    this.#combined = noAccumulators();
    this.#merged = 0;
  }
}

function firstPairs(counts: readonly number[]): FirstPairs {
  let [pairs, once, most] = [0, 0, 0];
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    pairs += count;
    if (count === 1) once += 1;
    if (count > most) most = count;
  }
  return { pairs, distinct: counts.length, once, most };
}

/** Keys that are heavy among the first pairs, heaviest first, with what they have of all if it goes on like that. */
function heavyOf(
  keys: readonly unknown[],
  counts: readonly number[],
  pairs: number,
  all: number,
  reducers: number,
): HeavyKey[] {
  const least = Math.max(LEAST_SEEN, (HEAVY_PART * pairs) / reducers);
  const heavy: HeavyKey[] = [];
  for (let i = 0; i < counts.length; i++) {
    if (counts[i]! >= least) heavy.push({ key: keys[i], records: Math.round((counts[i]! * all) / pairs) });
  }
  return heavy.sort((a, b) => b.records - a.records);
}
