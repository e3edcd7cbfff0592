import { error } from '../../errors/index.ts';
import type { AnyFunction } from '../../lineage/function-scope.ts';
import { dedupe, mapWithState, updateStateByKey } from '../../plan/operators/state.ts';
import { checkedPlacement, type PlacementOptions, placementParams } from '../../plan/state-placement.ts';
import { checkFunction } from '../check-function.ts';
import { checkOptionNames } from '../check-options.ts';
import type { KeyOptions, Named } from '../options.ts';
import type { Pair } from '../pair.ts';
import { RDD } from '../rdd/rdd.ts';
import type { StateSpec } from '../state-spec.ts';
import { type Duration, durationMs, Time } from '../time.ts';
import type { DStream } from './dstream.ts';
import type { MapWithStateDStream } from './map-with-state-dstream.ts';
import { WindowOperators } from './window-operators.ts';

/** Options of `updateStateByKey`. */
export interface UpdateStateOptions<K, S> extends KeyOptions, PlacementOptions {
  /** States before the first batch (R35). */
  readonly initialState?: Iterable<Pair<K, S>> | RDD<Pair<K, S>>;
}

/** Options of `dedupe`. */
export interface DedupeOptions extends KeyOptions, PlacementOptions {
  /** How long a key counts as seen, from the time of the batch that its first record came in. */
  readonly ttl: Duration;
}

/** How many batches lie between two searches for expired keys, unless the caller says otherwise (R45). */
const CHECK_EVERY_BATCHES = 10;

/** Operators with memory. Without a checkpoint directory their state lives in memory only. */
export abstract class StateOperators<out T> extends WindowOperators<T> {
  /**
   * State for each key, updated every batch for all known keys and keys with data (R32); every known key is emitted every
   * batch (R33). The cost follows the keys known: see `mapWithState` for one that follows the keys touched.
   * @param f `(values, state) => state`: values is empty for keys without data, state null for new keys; null or
   *   undefined drops the key
   * @example
   * ```ts
   * const totals = pairs.updateStateByKey<string, number, number>((values, total) => values.reduce((a, b) => a + b, total ?? 0));
   * ```
   */
  updateStateByKey<K, V, S>(
    this: DStream<Pair<K, V>>,
    f: (values: V[], state: S | null) => S | null | undefined,
    options: UpdateStateOptions<K, S> = {},
  ): DStream<[K, S]> {
    checkFunction('updateStateByKey', 'f', f);
    return this.#updating<K, S>(f, 'values-state', options, true);
  }

  /** The same with the batch time and the key: `(time, key, values, state) => state` (R36). */
  updateStateByKeyWithTime<K, V, S>(
    this: DStream<Pair<K, V>>,
    f: (time: Time, key: K, values: V[], state: S | null) => S | null | undefined,
    options: UpdateStateOptions<K, S> = {},
  ): DStream<[K, S]> {
    checkFunction('updateStateByKeyWithTime', 'f', f);
    const timeOf = batchTimes();
    const timed = (time: number, key: K, values: V[], state: S | null) => f(timeOf(time), key, values, state);
    return this.#updating<K, S>(timed, 'time-key-values-state', options, true);
  }

  /**
   * The partition-wise form: `f` gets all `[key, values, state]` of a partition and yields `[key, state]`; keys that it
   * does not yield are dropped (R36).
   * @param options `rememberPartitioner: false` when `f` may change keys: the state is then laid out anew each batch
   */
  updateStateByKeyPartitions<K, V, S>(
    this: DStream<Pair<K, V>>,
    f: (entries: ArrayIterator<[key: K, values: V[], state: S | null]>) => Iterable<[K, S]>,
    options: UpdateStateOptions<K, S> & { readonly rememberPartitioner?: boolean } = {},
  ): DStream<[K, S]> {
    checkFunction('updateStateByKeyPartitions', 'f', f);
    return this.#updating<K, S>(f, 'iterator', options, options.rememberPartitioner ?? true);
  }

  /**
   * State for each key, touched only where there is data (R40, R41): the function runs once for each record.
   * @param options `timeoutCheckInterval`: how often expired keys are looked for, a multiple of the slide; every 10th
   *   batch unless given
   * @example
   * ```ts
   * const running = pairs.mapWithState(StateSpec.function((key: string, n: number | null, sum: State<number>) => {
   *   sum.update((sum.getOption() ?? 0) + (n ?? 0));
   *   return [key, sum.get()] as [string, number];
   * }));
   * running.stateSnapshots(); // all keys after each batch
   * ```
   */
  mapWithState<K, V, S, M>(
    this: DStream<Pair<K, V>>,
    spec: StateSpec<K, V, S, M>,
    options: Named & { readonly timeoutCheckInterval?: Duration } = {},
  ): MapWithStateDStream<K, S, M> {
    if ('skew' in options) {
      const rule = 'is said by the spec: StateSpec.function(f).skew(…)';
      throw error('MR_OPTION', { option: 'mapWithState: skew', value: options.skew, rule });
    }
    const { settings, advanced } = spec;
    const { timeoutMs, partitioner, numPartitions, cacheKeys, skew } = settings;
    const slideMs = this.node.slideMs;
    const { timeoutCheckInterval, name } = options;
    const checkIntervalMs =
      timeoutCheckInterval === undefined
        ? CHECK_EVERY_BATCHES * slideMs
        : durationMs(timeoutCheckInterval, 'mapWithState: timeoutCheckInterval');
    if (checkIntervalMs % slideMs !== 0) {
      throw error('MR_OPTION', {
        option: 'timeoutCheckInterval',
        value: `${checkIntervalMs} ms`,
        rule: `must be a multiple of the stream's slide, ${slideMs} ms`,
      });
    }
    const f = spec.fn as AnyFunction;
    const timeOf = batchTimes();
    const run: AnyFunction = advanced
      ? (time: number, key: K, value: V | null, state: unknown) => f(timeOf(time), key, value, state)
      : f;
    const functions: AnyFunction[] = [run];
    const initial = this.#initial(settings.initial, functions);
    const keyed = this.keyed({ partitioner, numPartitions }, functions);
    const node = this.deriveNode(mapWithState, {
      functions: keyed.functions,
      params: {
        ...keyed.params,
        advanced,
        timeoutMs,
        checkIntervalMs,
        initial,
        ...placementParams(skew),
        ...(cacheKeys === null ? {} : { stored: true, cacheKeys }),
      },
      name,
    });
    return this.context.stateStreamOf<K, S, M>(node);
  }

  /**
   * The first record of each key; later ones with the same key are dropped until the key's time to live is over. That
   * counts from the time of the batch that the first record came in, and duplicates do not extend it: in the first batch at or
   * after `first + ttl` the key may pass again, and counts anew. Within a batch the first is that of the first partition that
   * has the key. Keys compare by value. The order is that of key operators, the same on all backends.
   *
   * The state holds the keys that were let through within `ttl`, not the records. A key leaves it in the batch in which it
   * expires, also when there is no data; the cost of a batch follows its records and the keys that expire in it.
   * @param key synchronous, neither undefined nor a function
   * @param options `ttl`: at least 1 ms; take more than the time within which a sender repeats itself
   * @throws MR_NOT_A_FUNCTION, MR_ASYNC_FUNCTION, MR_OPTION, MR_DURATION; MR_KEY_IDENTITY or MR_UNDEFINED_IN_PAIR when it
   *   runs, for keys that are none
   * @example
   * ```ts
   * const events = ssc.queueStream([[{ id: 1, at: 'a' }, { id: 1, at: 'b' }], [{ id: 1, at: 'c' }]]);
   * events.dedupe((event) => event.id, { ttl: minutes(10) }).print(); // { id: 1, at: 'a' }
   * ```
   */
  dedupe<K>(key: (record: T) => K, options: DedupeOptions): DStream<T> {
    checkFunction('dedupe', 'key', key);
    checkOptionNames('dedupe', options, ['ttl', 'name', 'numPartitions', 'partitioner', 'skew']);
    const { ttl, name, skew, ...layout } = options;
    const ttlMs = durationMs(ttl, 'dedupe: ttl');
    const keyed = this.keyed(layout, [(record: T) => [key(record), record]]);
    return this.derive<T>(dedupe, {
      functions: keyed.functions,
      params: { ...keyed.params, ttlMs, initial: null, ...placementParams(checkedPlacement('dedupe', skew)) },
      name,
    });
  }

  #updating<K, S>(
    f: AnyFunction,
    form: string,
    options: UpdateStateOptions<K, S>,
    rememberPartitioner: boolean,
  ): DStream<[K, S]> {
    const { initialState = null, name, skew, ...layout } = options;
    const placement = checkedPlacement('updateStateByKey', skew);
    const functions: AnyFunction[] = [f];
    const initial = this.#initial(initialState, functions);
    const keyed = this.keyed(layout, functions);
    return this.derive<[K, S]>(updateStateByKey, {
      functions: keyed.functions,
      params: { ...keyed.params, form, rememberPartitioner, initial, ...placementParams(placement) },
      name,
    });
  }

  /** Registers the lineage of initial pairs as a function; its index, null without pairs. */
  #initial(pairs: Iterable<unknown> | RDD<unknown> | null, functions: AnyFunction[]): number | null {
    if (pairs === null) return null;
    const rdd = pairs instanceof RDD ? (pairs as RDD<unknown>) : this.context.parallelize([...pairs]);
    return functions.push(() => rdd.node) - 1;
  }
}

/** Makes the `Time` of a batch once, not for each of its records. */
function batchTimes(): (ms: number) => Time {
  let last = new Time(0);
  return (ms) => {
    if (last.milliseconds !== ms) last = new Time(ms);
    return last;
  };
}
