import { error } from '../errors/index.ts';
import { seededRandom } from '../lineage/builtins.ts';
import { type BackoffMs, backoffMs } from '../schedule/backoff.ts';
import { after, delay } from '../schedule/delay.ts';
import { followTask } from './context.ts';
import type { PartitionContext } from './partition-context.ts';
import { type RecordErrors, recordFailed } from './record-failures.ts';
import type { Resource } from './resources.ts';
import { Later } from './slot-services.ts';

/** How records are mapped by a function that waits. Plain data. */
export interface AsyncSettings {
  /** Calls at the same time in each partition. */
  readonly concurrency: number;
  readonly ordered: boolean;
  /** Of each attempt; null: none. */
  readonly timeoutMs: number | null;
  /** Attempts after the first. */
  readonly retries: number;
  readonly backoff: BackoffMs;
}

/** The second argument of a function that waits: about this call of it. */
export interface AsyncCall<C = undefined> {
  /** Aborted when the call takes too long, or when another record of the partition has failed. */
  readonly signal: AbortSignal;
  /** 1, and more when earlier attempts at this record have failed. */
  readonly attempt: number;
  /** What the resource of the option `using` opened in this worker. */
  readonly client: C;
}

/** A function that waits, as tasks call it. */
export type AsyncFunction = (record: unknown, call: AsyncCall<unknown>) => unknown;

/** How long calls that need not wait may hold the thread, in ms. */
const SLICE_MS = 8;

/** The partition function of `mapAsync`: one result for each record. */
export function asyncMap(f: AsyncFunction, settings: AsyncSettings, using: Resource<unknown> | null) {
  return (records: readonly unknown[], context: PartitionContext): Later => {
    const out: unknown[] = settings.ordered ? new Array(records.length) : [];
    // Records that failed and were let go leave holes.
    const made = (failed: ReadonlyMap<number, unknown>) =>
      failed.size === 0 || !settings.ordered ? out : out.filter((_, i) => !failed.has(i));
    return later(f, settings, using, records, context, made, (index, result) => {
      if (settings.ordered) out[index] = result;
      else out.push(result);
    });
  };
}

/** The partition function of `filterAsync`: the records for which the function says true. */
export function asyncFilter(f: AsyncFunction, settings: AsyncSettings, using: Resource<unknown> | null) {
  return (records: readonly unknown[], context: PartitionContext): Later => {
    const kept: number[] = [];
    const take = (index: number, result: unknown) => {
      if (result) kept.push(index);
    };
    const chosen = () => {
      if (settings.ordered) kept.sort((a, b) => a - b);
      return kept.map((index) => records[index]);
    };
    return later(f, settings, using, records, context, chosen, take);
  };
}

function later(
  f: AsyncFunction,
  settings: AsyncSettings,
  using: Resource<unknown> | null,
  records: readonly unknown[],
  context: PartitionContext,
  out: (failed: ReadonlyMap<number, unknown>) => readonly unknown[],
  deliver: (index: number, result: unknown) => void,
): Later {
  let calls: AsyncRun | null = null;
  let given: { readonly reason: unknown } | null = null;
  const run = async () => {
    if (records.length === 0) return [];
    const client = using === null ? undefined : await context.services.open(using);
    if (given !== null) throw given.reason;
    const errors = context.parameter as RecordErrors | null;
    const failed = new Map<number, unknown>();
    const fail = errors === null ? null : (index: number, e: unknown) => void failed.set(index, e);
    calls = new AsyncRun(f, settings, records, context, client, deliver, fail);
    await calls.toEnd();
    if (errors !== null) {
      // Calls end in any order; what is told of them has the order of the records.
      const inOrder = [...failed].sort(([a], [b]) => a - b);
      for (const [index, e] of inOrder) recordFailed(errors, records[index], e, context.operator);
    }
    return out(failed);
  };
  return new Later(followTask(run), (reason) => {
    given = { reason };
    calls?.giveUp(reason);
  });
}

/** One call of the function. The signal is made when it is asked for: most functions need none. */
class Call implements AsyncCall<unknown> {
  readonly attempt: number;
  readonly client: unknown;
  /** Rejects with the reason for which the call is given up. */
  readonly ended = Promise.withResolvers<never>();
  #controller: AbortController | null = null;
  #reason: { readonly reason: unknown } | null = null;

  constructor(attempt: number, client: unknown) {
    this.attempt = attempt;
    this.client = client;
    this.ended.promise.catch(() => {});
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#reason !== null) this.#controller.abort(this.#reason.reason);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    if (this.#reason !== null) return;
    this.#reason = { reason };
    this.ended.reject(reason);
    this.#controller?.abort(reason);
  }
}

/** The calls of one partition: so many at a time, until all have a result or one has failed for good. */
class AsyncRun {
  readonly #f: AsyncFunction;
  readonly #settings: AsyncSettings;
  readonly #records: readonly unknown[];
  readonly #context: PartitionContext;
  readonly #client: unknown;
  readonly #deliver: (index: number, result: unknown) => void;
  /** Takes a record that has failed for good; null: it fails the task. */
  readonly #letGo: ((index: number, e: unknown) => void) | null;
  readonly #calls = new Set<Call>();
  /** Ends waits between attempts. */
  readonly #stop = new AbortController();
  #failure: { readonly reason: unknown } | null = null;
  #next = 0;
  #since: number;

  constructor(
    f: AsyncFunction,
    settings: AsyncSettings,
    records: readonly unknown[],
    context: PartitionContext,
    client: unknown,
    deliver: (index: number, result: unknown) => void,
    letGo: ((index: number, e: unknown) => void) | null,
  ) {
    this.#f = f;
    this.#settings = settings;
    this.#records = records;
    this.#context = context;
    this.#client = client;
    this.#deliver = deliver;
    this.#letGo = letGo;
    this.#since = context.services.clock.elapsed();
  }

  /** @throws the error of the first record that failed */
  async toEnd(): Promise<void> {
    const lanes = Math.min(this.#settings.concurrency, this.#records.length);
    await Promise.all(Array.from({ length: lanes }, () => this.#lane())).catch((e: unknown) => {
      throw this.#failure === null ? e : this.#failure.reason;
    });
  }

  /** One record after the other. */
  async #lane(): Promise<void> {
    const { clock } = this.#context.services;
    while (this.#failure === null && this.#next < this.#records.length) {
      const index = this.#next++;
      try {
        const result = this.#record(index);
        this.#deliver(index, await result);
      } catch (e) {
        if (this.#letGo === null) {
          this.giveUp(e);
          throw e;
        }
        this.#letGo(index, e);
      }
      // Calls that never wait for the outside would hold the thread: timers and sockets get their turn.
      if (clock.elapsed() - this.#since > SLICE_MS) {
        await clock.breathe();
        this.#since = clock.elapsed();
      }
    }
  }

  async #record(index: number): Promise<unknown> {
    const { clock } = this.#context.services;
    const { retries, backoff } = this.#settings;
    let random: (() => number) | null = null;
    for (let attempt = 1; ; attempt++) {
      const call = new Call(attempt, this.#client);
      this.#calls.add(call);
      try {
        return await this.#attempt(index, call);
      } catch (e) {
        if (this.#failure !== null || attempt > retries) throw e;
      } finally {
        this.#calls.delete(call);
      }
      // From what names the record, so that a second attempt at the task waits as long.
      random ??= seededRandom(`${this.#context.seed}/${this.#context.partition}/${index}`);
      await delay(clock, backoffMs(attempt, backoff, random), this.#stop.signal);
    }
  }

  async #attempt(index: number, call: Call): Promise<unknown> {
    const result = this.#f(this.#records[index], call);
    if (typeof (result as PromiseLike<unknown> | null | undefined)?.then !== 'function') return result;
    const { timeoutMs } = this.#settings;
    const { services, operator } = this.#context;
    let cancel = () => {};
    if (timeoutMs !== null) {
      cancel = after(services.clock, timeoutMs, () =>
        call.abort(error('MR_ASYNC_TIMEOUT', { operator, timeoutMs, attempt: call.attempt })),
      );
    }
    try {
      // A function that does not look at the signal is given up nevertheless.
      return await Promise.race([result, call.ended.promise]);
    } finally {
      cancel();
    }
  }

  /** Begins no more, and gives up what is under way: the partition has failed. */
  giveUp(reason: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = { reason };
    this.#stop.abort(reason);
    for (const call of this.#calls) call.abort(reason);
  }
}
