import { error } from '../errors/index.ts';
import type { KeyPrefix } from '../state/state-read.ts';
import { checkOptionNames, checkWhole } from './check-options.ts';
import type { StateReads } from './state-reads.ts';
import { Time } from './time.ts';

/** Options of `CommittedState.entries`. */
export interface StateEntriesOptions {
  /** How many keys at most, from 1 to 100,000; 100 unless given. */
  readonly limit?: number;
  /**
   * Only keys that begin so: a text for keys that are texts, elements for keys that are arrays (`['ann']` for `['ann', '/home']`).
   * All keys are looked at until there are enough.
   */
  readonly prefix?: KeyPrefix;
}

/** Keys with their state, of one batch. */
export type StateEntries<K, S> = readonly (readonly [key: K, state: S])[] & {
  /** The batch that has left them; null before the first. */
  readonly batchTime: Time | null;
  /** Whether there are more than these. */
  readonly more: boolean;
};

const LIMIT = 100;
const MOST = 100_000;

/**
 * The state of an operator as the last completed batch has left it, read from the driver while the job runs: for a web page, a
 * REST call, a test. What a batch that runs right now has changed is not seen. See `StreamingContext.state`.
 *
 * A read does not stop batches. It is answered when the thread that owns the key has ended the tasks that it has just begun; a
 * batch that ends meanwhile commits after it. Values are copies: changing them changes nothing.
 *
 * What is read: of `updateStateByKey` and `mapWithState` what their function made; of `dedupe` true for keys that were seen; of
 * `reduceByKeyAndWindow` with inverse and `aggregateByKeyAndWindow` what the last window had.
 *
 * @example
 * ```ts
 * const totals = pairs.updateStateByKey<string, number, number>(
 *   (values, sum) => values.reduce((a, b) => a + b, sum ?? 0),
 *   { name: 'totals' },
 * );
 * totals.print();
 * await ssc.start();
 * await runBatches(ssc, clock, 2);
 * const state = ssc.state<string, number>('totals');
 * await state.get('a'); // 4
 * await state.get('z'); // undefined
 * ```
 */
export class CommittedState<K = unknown, S = unknown> {
  /** Name of the operator. */
  readonly name: string;
  readonly #reads: () => StateReads;

  /** @param reads the running job's; throws if there is none */
  constructor(name: string, reads: () => StateReads) {
    this.name = name;
    this.#reads = reads;
  }

  /**
   * The batch whose state reads see now: the last one of this operator that has completed. Null before the first.
   * @throws MR_STATE_NAME, MR_NOT_INITIALIZED, MR_CONTEXT_STOPPED
   */
  get batchTime(): Time | null {
    return timeOf(this.#reads().timeOf(this.name));
  }

  /**
   * The state of a key; undefined if it has none. Keys compare by value.
   * @throws (rejects) MR_STATE_NAME; MR_NOT_INITIALIZED before start, MR_CONTEXT_STOPPED after stop and failure (with its cause);
   *   MR_KEY_IDENTITY, MR_NOT_ENCODABLE, MR_STATE_LOST
   */
  async get(key: K): Promise<S | undefined> {
    return (await this.read(key)).value;
  }

  /** The same, with the batch that has left it. Throws like `get`. */
  async read(key: K): Promise<{ readonly value: S | undefined; readonly batchTime: Time | null }> {
    const { value, time } = await this.#reads().key(this.name, key);
    return { value: value as S | undefined, batchTime: timeOf(time) };
  }

  /**
   * The first keys with their state, all of the same batch: those of partition 0 in the order in which they came into the state,
   * then those of partition 1, and so on. That is the order of `stateSnapshots` and of `updateStateByKey`, and the same on all
   * backends for the same number of partitions. It costs what is given back; with a `prefix` up to all keys.
   * @throws (rejects) MR_OPTION, and like `get`
   * @example
   * ```ts
   * pairs.dedupe(([key]) => key, { ttl: minutes(10), name: 'seen' }).print();
   * await ssc.start();
   * await runBatches(ssc, clock, 2);
   * const seen = ssc.state<string, true>('seen');
   * for (const [key] of await seen.entries({ limit: 10, prefix: 'a' })) console.log(key); // a
   * ```
   */
  async entries(options: StateEntriesOptions = {}): Promise<StateEntries<K, S>> {
    checkOptionNames('entries', options, ['limit', 'prefix']);
    const { limit = LIMIT, prefix = null } = options;
    checkWhole('entries: limit', limit, 1);
    if (limit > MOST)
      throw error('MR_OPTION', { option: 'entries: limit', value: limit, rule: `must be at most ${MOST}` });
    if (prefix !== null && typeof prefix !== 'string' && !Array.isArray(prefix))
      throw error('MR_OPTION', { option: 'entries: prefix', value: prefix, rule: 'must be a text or an array' });
    const { pairs, time } = await this.#reads().first(this.name, limit + 1, prefix);
    const entries = pairs.slice(0, limit) as [K, S][];
    return Object.assign(entries, { batchTime: timeOf(time), more: pairs.length > limit });
  }
}

function timeOf(ms: number | null): Time | null {
  return ms === null ? null : new Time(ms);
}
