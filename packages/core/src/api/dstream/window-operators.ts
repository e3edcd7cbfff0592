import type { Aggregate } from '../../data/aggregate.ts';
import { error } from '../../errors/index.ts';
import * as byKey from '../../plan/operators/by-key.ts';
import { map } from '../../plan/operators/steps.ts';
import { aggregatedWindow, reducedWindow, window } from '../../plan/operators/window.ts';
import { checkAggregate } from '../check-aggregate.ts';
import { checkFunction } from '../check-function.ts';
import type { KeyOptions, Named } from '../options.ts';
import type { Pair } from '../pair.ts';
import { type Duration, durationMs } from '../time.ts';
import type { DStream } from './dstream.ts';
import { PairOperators } from './pair-operators.ts';

/** How far a window reaches back, and how often there is one. */
interface WindowLength {
  readonly windowMs: number;
  readonly slideMs: number;
  /** True if the slide was given. */
  readonly fixedSlide: boolean;
}

/** Options of windows with an inverse function. */
export interface InverseOptions<K, V> extends KeyOptions {
  /** Takes away what leaves: `inverse(f(a, b), b)` is `a`. Makes the window incremental. */
  readonly inverse: (a: V, b: V) => V;
  /**
   * Keeps a key only while it says true; without it keys stay for ever. It must keep keys whose values are still in the
   * window: a key whose values leave after it was dropped is MR_WINDOW_VALUE_MISSING.
   */
  readonly filter?: (pair: [K, V]) => boolean;
}

/**
 * Windows over past batches: the one at time t covers batches with t - window < time <= t (R22). Window and slide are
 * multiples of the stream's own slide, else MR_WINDOW_MULTIPLE; the slide is the stream's own unless given.
 */
export abstract class WindowOperators<out T> extends PairOperators<T> {
  /**
   * All records of the window, oldest batch first.
   * @example
   * ```ts
   * const lastMinute = events.window(seconds(60), seconds(10));
   * ```
   */
  window(windowDuration: Duration, slideDuration?: Duration, options: Named = {}): DStream<T> {
    const { windowMs, slideMs, fixedSlide } = this.windowLength('window', windowDuration, slideDuration);
    return this.derive<T>(window, { params: { windowMs }, slideMs, fixedSlide, ...options });
  }

  /**
   * One record for each window: all records put together.
   * @param options with `inverse` incremental (R29); the window's result is then what the inverse leaves
   */
  reduceByWindow(
    f: (a: T, b: T) => T,
    windowDuration: Duration,
    slideDuration?: Duration,
    options: Named & { inverse?(a: T, b: T): T } = {},
  ): DStream<T> {
    checkFunction('reduceByWindow', 'f', f);
    const { inverse, name } = options;
    this.windowLength('reduceByWindow', windowDuration, slideDuration);
    if (inverse === undefined) return this.reduce(f).window(windowDuration, slideDuration).reduce(f, { name });
    const reduced = this.derive<[null, T]>(map, {
      functions: [(record: T): [null, T] => [null, record]],
    }).reduceByKeyAndWindow(f, windowDuration, slideDuration, { inverse, numPartitions: 1 });
    return reduced.map(([, value]): unknown => value, { name }) as DStream<T>;
  }

  /** How many records the window has, incrementally: no record before the first ever, then 0 when idle (R29). */
  countByWindow(windowDuration: Duration, slideDuration?: Duration, options: Named = {}): DStream<number> {
    return this.map(() => 1 as number).reduceByWindow((a, b) => a + b, windowDuration, slideDuration, {
      inverse: (a, b) => a - b,
      ...options,
    });
  }

  /** `[value, how often]` in the window, incrementally; values that left are gone. */
  countByValueAndWindow(
    windowDuration: Duration,
    slideDuration?: Duration,
    options: KeyOptions = {},
  ): DStream<[T, number]> {
    return this.map((record): [T, number] => [record, 1]).reduceByKeyAndWindow(
      (a, b) => a + b,
      windowDuration,
      slideDuration,
      {
        ...options,
        inverse: (a, b) => a - b,
        filter: ([, n]) => n !== 0,
      },
    );
  }

  /** `[key, values]` of the window, in the order of time. Keys vanish with their data (R25). */
  groupByKeyAndWindow<K, V>(
    this: DStream<Pair<K, V>>,
    windowDuration: Duration,
    slideDuration?: Duration,
    options: KeyOptions = {},
  ): DStream<[K, V[]]> {
    this.windowLength('groupByKeyAndWindow', windowDuration, slideDuration);
    const { name, ...layout } = options;
    return this.groupByKey(layout)
      .window(windowDuration, slideDuration)
      .reduceByKey((a, b) => [...a, ...b], { ...layout, name });
  }

  /**
   * Values of a key in the window put together by an associative function. Recomputed from each batch's partial results;
   * with `inverse` incremental: what leaves is taken away, what enters is added.
   * @throws MR_WINDOW_MULTIPLE
   * @example
   * ```ts
   * const counts = pairs.reduceByKeyAndWindow((a, b) => a + b, seconds(30), seconds(10), { inverse: (a, b) => a - b });
   * ```
   */
  reduceByKeyAndWindow<K, V>(
    this: DStream<Pair<K, V>>,
    f: (a: V, b: V) => V,
    windowDuration: Duration,
    slideDuration?: Duration,
    options: KeyOptions | InverseOptions<K, V> = {},
  ): DStream<[K, V]> {
    checkFunction('reduceByKeyAndWindow', 'f', f);
    const { windowMs, slideMs, fixedSlide } = this.windowLength('reduceByKeyAndWindow', windowDuration, slideDuration);
    const { name, inverse, filter, ...layout } = options as Partial<InverseOptions<K, V>>;
    const reduced = this.reduceByKey(f, layout);
    if (inverse === undefined) return reduced.window(windowDuration, slideDuration).reduceByKey(f, { ...layout, name });
    checkFunction('reduceByKeyAndWindow', 'inverse', inverse);
    if (filter !== undefined) checkFunction('reduceByKeyAndWindow', 'filter', filter);
    const { functions, params } = reduced.keyed(layout, filter === undefined ? [f, inverse] : [f, inverse, filter]);
    return reduced.derive<[K, V]>(reducedWindow, {
      functions,
      params: { ...params, windowMs, filtered: filter !== undefined },
      slideMs,
      fixedSlide,
      name,
    });
  }

  /**
   * An aggregate for each key over the window. Incremental if the aggregate can subtract, else merged from each batch's
   * accumulators, else recomputed. A key is there exactly as long as the window has a record of it.
   */
  aggregateByKeyAndWindow<K, V, A, R>(
    this: DStream<Pair<K, V>>,
    aggregate: Aggregate<V, A, R>,
    windowDuration: Duration,
    slideDuration?: Duration,
    options: KeyOptions = {},
  ): DStream<[K, R]> {
    const { windowMs, slideMs, fixedSlide } = this.windowLength(
      'aggregateByKeyAndWindow',
      windowDuration,
      slideDuration,
    );
    checkAggregate('aggregateByKeyAndWindow', aggregate);
    const { name, ...layout } = options;
    const { merge, subtract } = aggregate;
    if (merge === undefined) return this.window(windowDuration, slideDuration).aggregateByKey(aggregate, options);
    const create = aggregate.create.bind(aggregate);
    const add = aggregate.add.bind(aggregate);
    const finish = aggregate.finish.bind(aggregate);
    const bound = merge.bind(aggregate);
    const partial = this.keyed(layout, [create, add, bound, finish]);
    const panes = this.derive<[K, A]>(byKey.aggregateByKey, {
      functions: partial.functions,
      params: { ...partial.params, aggregate: aggregate.name, mergeable: true, finish: false },
    });
    if (subtract === undefined) {
      return panes.window(windowDuration, slideDuration).derive<[K, R]>(byKey.mergeByKey, {
        functions: [create, add, bound, finish],
        params: { aggregate: aggregate.name },
        name,
      });
    }
    const { functions, params } = panes.keyed(layout, [create, bound, subtract.bind(aggregate), finish]);
    return panes.derive<[K, R]>(aggregatedWindow, {
      functions,
      params: { ...params, windowMs, aggregate: aggregate.name },
      slideMs,
      fixedSlide,
      name,
    });
  }

  /** Checks a window's length and slide against this stream's slide (R21). */
  protected windowLength(operator: string, windowDuration: Duration, slideDuration?: Duration): WindowLength {
    const parentSlide = this.node.slideMs;
    const windowMs = durationMs(windowDuration, `${operator}: window`);
    const slideMs = slideDuration === undefined ? parentSlide : durationMs(slideDuration, `${operator}: slide`);
    for (const [name, value] of [
      ['window', windowMs],
      ['slide', slideMs],
    ] as const) {
      if (value % parentSlide !== 0) throw error('MR_WINDOW_MULTIPLE', { operator, name, value, parentSlide });
    }
    return { windowMs, slideMs, fixedSlide: slideDuration !== undefined };
  }
}
