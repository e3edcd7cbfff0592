import {
  defineJob,
  InputDStream,
  milliseconds,
  type State,
  StateSpec,
  type StreamingContext,
  type Time,
} from '@millrace/core';
import { seededRandom } from '@millrace/core/connector';

/** How often each account was seen, and an amount: more accounts than the heap holds. */
export interface AccountsParams {
  /** Keys in all: each is seen once, in order of its number. */
  readonly keys: number;
  /** New keys of a batch. */
  readonly fill: number;
  /** Keys of each batch after that, picked at random. */
  readonly touched: number;
  readonly seed: number;
  readonly numPartitions: number;
  /** Whether the state lies in the store. */
  readonly stored: boolean;
  readonly cacheKeys: number;
}

export const INTERVAL_MS = 100;

/** Which accounts a batch has, as ranges of new ones or as a seed. */
export type Range =
  | { readonly from: number; readonly to: number }
  | { readonly seed: string; readonly count: number; readonly of: number };

export function* accountsOf(range: Range): Generator<number> {
  if ('from' in range) {
    for (let n = range.from; n < range.to; n++) yield n;
    return;
  }
  const random = seededRandom(range.seed);
  for (let i = 0; i < range.count; i++) yield Math.floor(random() * range.of);
}

export function rangeOf(params: AccountsParams, batch: number): Range {
  const { keys, fill, touched, seed } = params;
  const fills = Math.ceil(keys / fill);
  if (batch < fills) return { from: batch * fill, to: Math.min(keys, (batch + 1) * fill) };
  return { seed: `${seed}-${batch}`, count: touched, of: keys };
}

/** Accounts by batch number: the same each time that they are asked for. */
class Accounts extends InputDStream<[number, number]> {
  readonly #params: AccountsParams;

  constructor(ssc: StreamingContext, params: AccountsParams) {
    super(ssc, {
      name: 'accounts',
      read: (range: Range) => Array.from(accountsOf(range), (n): [number, number] => [n, (n % 100) + 1]),
    });
    this.#params = params;
  }

  override saveBatch(): null {
    return null;
  }

  override restoreBatch(): void {}

  override compute(time: Time) {
    const zero = this.context.run?.planner.zeroTime ?? 0;
    const batch = (time.milliseconds - zero) / INTERVAL_MS - 1;
    return { partitions: [{ kind: 'range' as const, range: rangeOf(this.#params, batch) }] };
  }
}

export default defineJob(
  { name: 'accounts', batchInterval: milliseconds(INTERVAL_MS) },
  (ssc, params: AccountsParams) => {
    const spec = StateSpec.function(
      (account: number, amount: number | null, state: State<[seen: number, sum: number]>) => {
        const [seen, sum] = state.getOption() ?? [0, 0];
        state.update([seen + 1, sum + (amount ?? 0)]);
        return [account, seen + 1] as [account: number, seen: number];
      },
    ).numPartitions(params.numPartitions);
    const accounts = new Accounts(ssc, params).mapWithState(
      params.stored ? spec.stored({ cacheKeys: params.cacheKeys }) : spec,
      { name: 'totals' },
    );
    return { accounts };
  },
);
