import {
  defineJob,
  InputDStream,
  milliseconds,
  type State,
  StateSpec,
  type StreamingContext,
  type Time,
} from '@millrace/core';

const INTERVAL_MS = 100;
const TOUCHED = 1000;

/** All keys in the first batch, some in each that follows. */
class Users extends InputDStream<[string, number]> {
  readonly #keys: number;

  constructor(ssc: StreamingContext, keys: number) {
    super(ssc, {
      name: 'users',
      read: ({ from, to }: { readonly from: number; readonly to: number }) =>
        Array.from({ length: to - from }, (_, i): [string, number] => [`user-${from + i}`, 1]),
    });
    this.#keys = keys;
  }

  override saveBatch(): null {
    return null;
  }

  override restoreBatch(): void {}

  override compute(time: Time) {
    const batch = (time.milliseconds - (this.context.run?.planner.zeroTime ?? 0)) / INTERVAL_MS - 1;
    const from = batch === 0 ? 0 : (batch * TOUCHED) % this.#keys;
    const to = batch === 0 ? this.#keys : from + TOUCHED;
    return { partitions: [{ kind: 'range' as const, range: { from, to } }] };
  }
}

/** A total for each of many keys. */
export default defineJob(
  { name: 'many-keys', batchInterval: milliseconds(INTERVAL_MS) },
  (ssc, { keys }: { readonly keys: number }) => {
    const total = StateSpec.function((_user: string, n: number | null, sum: State<number>) => {
      sum.update((sum.getOption() ?? 0) + (n ?? 0));
      return sum.get();
    });
    return { output: new Users(ssc, keys).mapWithState(total, { name: 'totals' }) };
  },
);
