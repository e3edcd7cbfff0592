import type { CommittedOffset, KafkaPort } from '@millrace/kafka';
import { type OffsetRange, partitionName } from './offset-range.ts';

/** Told when a commit is over: with what was committed, or with the error. */
export type CommitCallback = (error: Error | null, offsets: readonly CommittedOffset[]) => void;

/** The highest end of each partition of some ranges; null if there are none (R169). */
export function highestOffsets(ranges: readonly OffsetRange[]): CommittedOffset[] | null {
  const highest = new Map<string, CommittedOffset>();
  for (const range of ranges) {
    const { topic, partition, untilOffset } = range;
    const name = partitionName(range);
    if ((highest.get(name)?.offset ?? -1) < untilOffset)
      highest.set(name, { topic, partition, offset: untilOffset, metadata: '' });
  }
  return highest.size === 0 ? null : [...highest.values()];
}

/**
 * Offsets that are to be committed for a group: a copy for other people's tools. They wait for the next batch, and for one
 * another: a later commit is not overtaken by an earlier one.
 */
export class OffsetCommits {
  readonly #group: string;
  readonly #port: () => KafkaPort;
  readonly #warn: (message: string) => void;
  #queued: OffsetRange[] = [];
  #callback: CommitCallback | null = null;
  #last: Promise<void> = Promise.resolve();
  #complained = '';

  constructor(group: string, port: () => KafkaPort, warn: (message: string) => void) {
    this.#group = group;
    this.#port = port;
    this.#warn = warn;
  }

  /** Queues ranges for the next commit, of which the last callback hears. */
  add(ranges: readonly OffsetRange[], callback?: CommitCallback): void {
    this.#queued.push(...ranges);
    if (callback !== undefined) this.#callback = callback;
  }

  /** Commits what is queued. @returns when it is over; it never rejects */
  commit(): Promise<void> {
    const offsets = highestOffsets(this.#queued);
    if (offsets === null) return this.#last;
    const callback = this.#callback;
    this.#queued = [];
    this.#callback = null;
    this.#last = this.#last.then(async () => {
      let failure: Error | null = null;
      try {
        await this.#port().commit(this.#group, offsets);
        this.#complained = '';
      } catch (e) {
        failure = e instanceof Error ? e : new Error(String(e));
      }
      if (callback !== null) this.#tell(callback, failure, offsets);
      else if (failure !== null) this.#complain(failure.message);
    });
    return this.#last;
  }

  /** What a callback throws is its user's, and harms no commit. */
  #tell(callback: CommitCallback, failure: Error | null, offsets: readonly CommittedOffset[]): void {
    try {
      callback(failure, offsets);
    } catch (e) {
      this.#warn(`A callback of commitAsync threw: ${e instanceof Error ? e.message : String(e)}.`);
    }
  }

  /** Once for each reason: the same will be so with the next batch. */
  #complain(reason: string): void {
    if (reason === this.#complained) return;
    this.#complained = reason;
    this.#warn(
      `Offsets could not be committed for the group ${this.#group}: ${reason}. The job goes on: its own are in its checkpoint.`,
    );
  }
}
