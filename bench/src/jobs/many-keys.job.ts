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

/** Users from one number to before another, and what each of them adds to its total. */
interface UserRange {
  readonly from: number;
  readonly to: number;
  readonly adds: number;
}

/** All keys in the first batch; then by turns all of them, to be looked at, and some of them, to be changed. */
class Users extends InputDStream<[string, number]> {
  readonly #keys: number;

  constructor(ssc: StreamingContext, keys: number) {
    super(ssc, {
      name: 'users',
      read: ({ from, to, adds }: UserRange) =>
        Array.from({ length: to - from }, (_, i): [string, number] => [`user-${from + i}`, adds]),
    });
    this.#keys = keys;
  }

  override saveBatch(): null {
    return null;
  }

  override restoreBatch(): void {}

  override compute(time: Time) {
    const batch = (time.milliseconds - (this.context.run?.planner.zeroTime ?? 0)) / INTERVAL_MS - 1;
    const all = batch === 0 || batch % 2 === 1;
    const from = all ? 0 : (batch * TOUCHED) % this.#keys;
    const range: UserRange = { from, to: all ? this.#keys : from + TOUCHED, adds: batch % 2 === 1 ? 0 : 1 };
    return { partitions: [{ kind: 'range' as const, range }] };
  }
}

/** A total for each of many keys. What adds nothing only looks, and changes no state. */
export default defineJob(
  { name: 'many-keys', batchInterval: milliseconds(INTERVAL_MS) },
  (ssc, { keys }: { readonly keys: number }) => {
    const total = StateSpec.function((user: string, n: number | null, sum: State<number>): [string, number] => {
      const after = (sum.getOption() ?? 0) + (n ?? 0);
      if (n !== 0) sum.update(after);
      return [user, after];
    });
    return { output: new Users(ssc, keys).mapWithState(total, { name: 'totals' }) };
  },
);
