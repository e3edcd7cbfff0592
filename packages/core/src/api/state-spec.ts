import type { Partitioner } from '../data/partitioner.ts';
import { error } from '../errors/index.ts';
import { checkedPlacement, type StatePlacement } from '../plan/state-placement.ts';
import type { State } from '../state/state.ts';
import { checkFunction } from './check-function.ts';
import { checkOptionNames, checkWhole } from './check-options.ts';
import type { Pair } from './pair.ts';
import type { RDD } from './rdd/rdd.ts';
import { type Duration, durationMs, type Time } from './time.ts';

/** `(key, value, state) => record`: one record for each call (R52). The value is null in the call of a timeout. */
export type SimpleStateFunction<K, V, S, M> = (key: K, value: V | null, state: State<S>) => M;
/** `(time, key, value, state) => record | null`: null emits nothing (R52). */
export type AdvancedStateFunction<K, V, S, M> = (
  time: Time,
  key: K,
  value: V | null,
  state: State<S>,
) => M | null | undefined;

/** What a specification says, as data. */
export interface StateSettings {
  readonly initial: Iterable<Pair<unknown, unknown>> | RDD<Pair<unknown, unknown>> | null;
  readonly numPartitions: number | undefined;
  readonly partitioner: Partitioner | undefined;
  readonly timeoutMs: number | null;
  /** Keys of a partition in memory where the checkpoint's store has all; null: all are in memory. */
  readonly cacheKeys: number | null;
  readonly skew: StatePlacement;
}

const NOTHING: StateSettings = {
  initial: null,
  numPartitions: undefined,
  partitioner: undefined,
  timeoutMs: null,
  cacheKeys: null,
  skew: 'auto',
};
/** Some tens of megabytes. */
const CACHE_KEYS = 100_000;

/**
 * What `mapWithState` does with each record: a function and options. Immutable; each option gives a new specification.
 *
 * @example
 * ```ts
 * const spec = StateSpec.function((user: string, amount: number | null, total: State<number>) => {
 *   total.update((total.getOption() ?? 0) + (amount ?? 0));
 *   return [user, total.get()] as const;
 * }).timeout(minutes(30));
 * ```
 */
export class StateSpec<K, V, S, M> {
  readonly fn: SimpleStateFunction<K, V, S, M> | AdvancedStateFunction<K, V, S, M>;
  /** True for the form with the batch time. */
  readonly advanced: boolean;
  readonly settings: StateSettings;

  private constructor(fn: StateSpec<K, V, S, M>['fn'], advanced: boolean, settings: StateSettings) {
    this.fn = fn;
    this.advanced = advanced;
    this.settings = settings;
  }

  /**
   * From a function of three parameters (key, value, state), which gives a record for each call, or of four (time, key,
   * value, state), which gives a record or null. A function's `length` tells which it is.
   * @throws MR_NOT_A_FUNCTION, MR_ASYNC_FUNCTION; MR_OPTION when the function has more than four parameters
   */
  static function<K, V, S, M>(fn: SimpleStateFunction<K, V, S, M>): StateSpec<K, V, S, M>;
  static function<K, V, S, M>(fn: AdvancedStateFunction<K, V, S, M>): StateSpec<K, V, S, M>;
  static function<K, V, S, M>(fn: StateSpec<K, V, S, M>['fn']): StateSpec<K, V, S, M> {
    checkFunction('StateSpec.function', 'fn', fn);
    if (fn.length > 4) {
      throw error('MR_OPTION', {
        option: 'the function of StateSpec.function',
        value: `a function of ${fn.length} parameters`,
        rule: 'must take (key, value, state) or (time, key, value, state)',
      });
    }
    return new StateSpec(fn, fn.length === 4, NOTHING);
  }

  /** States before the first batch; of several for one key one is used (R35, R47). */
  initialState(pairs: Iterable<Pair<K, S>> | RDD<Pair<K, S>>): StateSpec<K, V, S, M> {
    return this.#with({ initial: pairs as StateSettings['initial'] });
  }

  /** How many partitions the state has; else the default parallelism. */
  numPartitions(numPartitions: number): StateSpec<K, V, S, M> {
    return this.#with({ numPartitions });
  }

  /** What partitions the state. */
  partitioner(partitioner: Partitioner): StateSpec<K, V, S, M> {
    return this.#with({ partitioner });
  }

  /**
   * What becomes of keys when some partitions get more records than others, batch after batch: with `'auto'`, which is the default, groups of
   * them move to other partitions with their state; with `'hash'` they stay. State that is `stored` always stays.
   * @throws MR_OPTION
   */
  skew(placement: StatePlacement): StateSpec<K, V, S, M> {
    return this.#with({ skew: checkedPlacement('StateSpec.skew', placement) });
  }

  /**
   * Keys without data for longer than this are reported once with `isTimingOut()` and dropped. Expired keys are looked
   * for in every 10th batch (R45), so this is a lower bound; see `mapWithState`'s `timeoutCheckInterval`.
   */
  timeout(idle: Duration): StateSpec<K, V, S, M> {
    return this.#with({ timeoutMs: durationMs(idle, 'StateSpec.timeout') });
  }

  /**
   * Keeps the state in the store of the job's checkpoint, where each key has an entry, and in memory only the keys that were
   * changed last: for more state than the heap holds. A batch reads the keys that it has records of, before its function runs;
   * what it changes is written when it completes. A restart loads nothing of it; it does read through the store to check it.
   *
   * Results are the same as without it, but for the order in which keys time out within a batch: those untouched for longest
   * first. Of each batch the records, the keys that it touches and the keys that expire in it have to fit into memory.
   * `stateSnapshots` is refused; `ssc.start` is refused without a checkpoint.
   * @param options `cacheKeys`: keys of each partition that stay in memory between batches; 100,000 unless given
   * @throws MR_OPTION
   * @example
   * ```ts
   * const visits = StateSpec.function((user: string, n: number | null, count: State<number>) => {
   *   count.update((count.getOption() ?? 0) + (n ?? 0));
   *   return [user, count.get()] as const;
   * }).stored({ cacheKeys: 50_000 });
   * ```
   */
  stored(options: { readonly cacheKeys?: number } = {}): StateSpec<K, V, S, M> {
    checkOptionNames('StateSpec.stored', options, ['cacheKeys']);
    return this.#with({ cacheKeys: checkWhole('StateSpec.stored: cacheKeys', options.cacheKeys ?? CACHE_KEYS, 0) });
  }

  #with(change: Partial<StateSettings>): StateSpec<K, V, S, M> {
    return new StateSpec(this.fn, this.advanced, { ...this.settings, ...change });
  }
}
