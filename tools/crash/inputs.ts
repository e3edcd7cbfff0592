import { InputDStream, Receiver, type SourceBatch, type StreamingContext, type Time } from '@millrace/core';
import { RandomSource, sourceBatch } from '../random/job.ts';
import type { Source } from '../random/program.ts';
import type { Turns } from './turns.ts';

/** What a batch of an input was made of, partition by partition; null where there was none. */
export type Recorded = readonly (readonly (readonly unknown[])[] | null)[];

/** Batches by their time, given again to whoever asks. */
export class AskedSource extends RandomSource {
  override saveBatch(): null {
    return null;
  }

  override restoreBatch(): void {}
}

/** Records of a list, again and again; how many a batch gets is decided when it is computed. */
// biome-ignore lint/suspicious/noExplicitAny: streams of random types go through one builder
export class MovingSource extends InputDStream<any> {
  readonly #source: Source;
  #position = 0;
  /** Records that are there; the driver says it. */
  arrived: () => number = () => 0;

  constructor(context: StreamingContext, source: Source, name: string) {
    super(
      context,
      source.kind === 'range' ? { name, read: ({ records }: { records: readonly unknown[] }) => records } : { name },
    );
    this.#source = source;
  }

  override saveProgress(): number {
    return this.#position;
  }

  override restoreProgress(saved: unknown): void {
    this.#position = saved as number;
  }

  compute(): SourceBatch {
    const { kind, partitions } = this.#source;
    const all = recordsOf(this.#source);
    const n = all.length === 0 ? 0 : this.arrived();
    const taken = Array.from({ length: n }, (_, i) => all[(this.#position + i) % all.length]);
    this.#position += n;
    return sourceBatch(
      kind,
      Array.from({ length: partitions }, (_, p) => taken.filter((_, i) => i % partitions === p)),
    );
  }
}

/** Batches as another run has seen them. */
// biome-ignore lint/suspicious/noExplicitAny: streams of random types go through one builder
export class RecordedSource extends InputDStream<any> {
  readonly #batches: Recorded;

  constructor(context: StreamingContext, batches: Recorded, name: string) {
    super(context, { name });
    this.#batches = batches;
  }

  compute(time: Time): SourceBatch | null {
    const batch = this.#batches[time.milliseconds / 1000 - 1] ?? null;
    return batch === null ? null : sourceBatch('live', batch);
  }
}

/** A receiver that a sender feeds. */
export class FedReceiver extends Receiver<unknown> {
  onStart(): void {}
  onStop(): void {}
}

/** The records of a source without their batches. */
export function recordsOf(source: Source): readonly unknown[] {
  return source.batches.flatMap((batch) => batch ?? []);
}

/** Sends blocks one after the other, each until it is acknowledged, over all lives of the job. */
export class Sender {
  readonly blocks: readonly (readonly unknown[])[];
  #next = 0;
  #allowed = 0;
  #sending: Promise<void> = Promise.resolve();
  /** Blocks that may be there more than once: they were not acknowledged when the job died. */
  readonly repeated = new Set<number>();
  /** Blocks that were sent at all. */
  sent = 0;

  constructor(source: Source) {
    this.blocks = source.batches.filter((batch): batch is readonly unknown[] => batch !== null && batch.length > 0);
  }

  get acknowledged(): number {
    return this.#next;
  }

  /** Lets it send so many more. */
  send(n: number, receiver: FedReceiver, turns: Turns): void {
    this.#allowed = Math.min(this.blocks.length, this.#allowed + n);
    const before = this.#sending;
    this.#sending = before.then(() => this.#run(receiver, turns));
  }

  /** Resolves when all that it may send is acknowledged. */
  whenIdle(): Promise<void> {
    return this.#sending;
  }

  /** The job is gone. */
  lost(): void {
    if (this.sent > this.#next) this.repeated.add(this.#next);
    this.#sending = Promise.resolve();
  }

  async #run(receiver: FedReceiver, turns: Turns): Promise<void> {
    while (this.#next < this.#allowed) {
      await turns.step('a block is sent');
      this.sent = Math.max(this.sent, this.#next + 1);
      try {
        await receiver.storeMany(this.blocks[this.#next]);
      } catch (e) {
        if (receiver.isStopped()) return;
        throw e;
      }
      await turns.stillAlive();
      this.#next += 1;
      await turns.step('a block is acknowledged');
    }
  }
}
