import type { Operator } from '../../plan/node.ts';
import * as waiting from '../../plan/operators/map-async.ts';
import { type AsyncCall, type AsyncFunction, asyncFilter, asyncMap } from '../../task/async-map.ts';
import { type AsyncOptions, asyncSettings } from '../async-options.ts';
import { checkAnyFunction } from '../check-function.ts';
import type { DStream } from './dstream.ts';
import { ElementOperators } from './element-operators.ts';

/** Operators whose functions wait: for a database, for another service. */
export abstract class AsyncOperators<out T> extends ElementOperators<T> {
  /**
   * One record to one, by a function that may be async: looking things up, asking a service. In each partition up to
   * `concurrency` calls run at once, and partitions run as the backend runs them. The batch waits for all of them.
   *
   * A call that fails, or takes longer than `timeout`, is made again up to `retries` times, after a wait that grows and has
   * some chance in it (the same one in every run). When a record has failed for good no new calls begin, the others are
   * aborted, and the task fails with the error. A function that runs twice must do no harm: a task may be tried again.
   *
   * @param f gets the record and the call: `signal`, `attempt`, and `client`, if the option `using` brings one. It depends
   *   on these and on imports alone
   * @throws MR_NOT_A_FUNCTION, MR_OPTION, MR_DURATION; when it runs MR_ASYNC_TIMEOUT
   * @example
   * ```ts
   * const rates = using(() => new Map([['EUR', 1.1], ['USD', 1]]));
   * const inDollars = amounts.mapAsync(async ([currency, n], { client }) => n * (client.get(currency) ?? 0), {
   *   using: rates,
   *   concurrency: 8,
   *   timeout: seconds(2),
   *   retries: 3,
   * });
   * ```
   */
  mapAsync<K, V, C = undefined>(
    f: (record: T, call: AsyncCall<C>) => [K, V] | Promise<[K, V]>,
    options?: AsyncOptions<C>,
  ): DStream<[K, V]>;
  mapAsync<U, C = undefined>(
    f: (record: T, call: AsyncCall<C>) => U | Promise<U>,
    options?: AsyncOptions<C>,
  ): DStream<U>;
  mapAsync<U, C>(f: (record: T, call: AsyncCall<C>) => U | Promise<U>, options: AsyncOptions<C> = {}): DStream<U> {
    return this.#waiting<U, C>(waiting.mapAsync, asyncMap, f, options);
  }

  /**
   * Records for which a function that may be async says true. Calls, failures and options are those of `mapAsync`; keys stay
   * where they are.
   * @throws MR_NOT_A_FUNCTION, MR_OPTION, MR_DURATION; when it runs MR_ASYNC_TIMEOUT
   * @example
   * ```ts
   * const known = words.filterAsync(async (word) => word !== 'or', { concurrency: 4 });
   * ```
   */
  filterAsync<C = undefined>(
    f: (record: T, call: AsyncCall<C>) => boolean | Promise<boolean>,
    options: AsyncOptions<C> = {},
  ): DStream<T> {
    return this.#waiting<T, C>(waiting.filterAsync, asyncFilter, f, options);
  }

  #waiting<U, C>(
    operator: Operator,
    make: typeof asyncMap,
    f: (record: T, call: AsyncCall<C>) => unknown,
    options: AsyncOptions<C>,
  ): DStream<U> {
    checkAnyFunction(operator.kind, 'f', f);
    const { settings, using } = asyncSettings(operator.kind, options);
    const run = make(f as AsyncFunction, settings, using);
    const params = { ...settings, using: using?.name ?? null };
    return this.derive<U>(operator, { functions: [run], params, name: options.name });
  }
}
