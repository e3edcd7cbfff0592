import { RECEIVER } from '../checkpoint/source-changes.ts';
import { error } from '../errors/index.ts';
import type { InputFlow } from '../events/listener.ts';
import type { SourcePartition } from '../lineage/rdd-node.ts';
import type { LogPosition } from '../log/read-record.ts';
import type { StoredBlock } from '../receiver/received-block.ts';
import { loggedPartition, readLogged, type SavedBlock } from '../receiver/received-log.ts';
import type { Receiver } from '../receiver/receiver.ts';
import { checkIntake, INTAKE_OPTIONS, type IntakeOptions, receiverSettings } from '../receiver/receiver-settings.ts';
import { type ReceiverStream, type StreamIntake, sizeOf } from '../receiver/receiver-tracker.ts';
import { InputDStream, type SourceBatch } from './input-dstream.ts';
import type { Named } from './options.ts';
import type { StreamingContext } from './streaming-context.ts';
import type { Time } from './time.ts';

/** Options of a stream with a receiver. */
export interface ReceiverStreamOptions extends Named, IntakeOptions {
  /**
   * Where the receiver runs: in the driver's thread (default), or in a worker thread of its own beside those of the tasks, where what it
   * decodes and parses takes nothing of the driver's time. A backend in the caller's memory has no such workers, and runs
   * it on the driver. The job has to be a module.
   */
  readonly runOn?: 'driver' | 'worker';
}

/**
 * A stream of what a receiver stores; `ssc.receiverStream` makes one. Each batch gets all that was stored when it began,
 * in order, each block as a partition.
 */
export class ReceiverInputDStream<T> extends InputDStream<T> {
  readonly #makeReceiver: () => Receiver<T>;
  readonly #options: ReceiverStreamOptions;
  #intake: StreamIntake | null = null;
  #restored: { readonly time: number; readonly blocks: readonly SavedBlock[] }[] = [];
  #behind: LogPosition | null = null;
  /** With a log: where the blocks of a batch are. Without one the records themselves are stored. */
  override saveBatch?: (time: Time) => unknown;

  /**
   * @param makeReceiver called once, when the receiver is to run and where it is to run; it connects to nothing
   * @throws MR_OPTION, MR_DURATION
   */
  constructor(context: StreamingContext, makeReceiver: () => Receiver<T>, options: ReceiverStreamOptions = {}) {
    const { name } = options;
    checkReceiverOptions(name ?? 'receiverStream', options);
    super(context, { name, read: readLogged, kind: RECEIVER });
    this.#makeReceiver = makeReceiver;
    this.#options = options;
  }

  /** The receiver of this stream. Made anew by each call. */
  getReceiver(): Receiver<T> {
    return this.#makeReceiver();
  }

  /** For the engine: how this stream's receiver is to be run. */
  receiverSpec(initialRate: number | null): ReceiverStream {
    const { context } = this;
    return {
      id: this.id,
      name: this.name,
      runOn: this.#options.runOn ?? 'driver',
      settings: receiverSettings(this.#options, context.options.intake ?? {}, {
        batchIntervalMs: context.batchDuration.milliseconds,
        defaultParallelism: context.defaultParallelism,
        initialRate,
      }),
      getReceiver: () => this.getReceiver(),
      rememberMs: () => this.rememberDuration.milliseconds,
      announced: (fact) => this.onAnnounced(fact),
    };
  }

  /** Called with what the receiver announced of itself. For sources that extend this class; does nothing unless they say. */
  onAnnounced(_fact: unknown): void {}

  /**
   * For the engine: what runs the receiver.
   * @param overUpTo up to which time the batches of the run before are over
   */
  attach(intake: StreamIntake, overUpTo: number): void {
    this.#intake = intake;
    if (!intake.isLogged) return;
    const remember = this.rememberDuration.milliseconds;
    intake.restore(
      this.#restored
        .map(({ time, blocks }) => ({ time, blocks, until: time + remember }))
        // What nobody needs any more may be gone from the log.
        .filter(({ until }) => until > overUpTo),
      this.#behind,
    );
    this.#restored = [];
  }

  /** For the engine: whether what the receiver stores goes to a log. */
  useLog(): void {
    this.saveBatch = (time) => this.#intake?.saved(time.milliseconds) ?? [];
  }

  override restoreBatch(time: Time, saved: unknown): void {
    this.#restored.push({ time: time.milliseconds, blocks: saved as readonly SavedBlock[] });
  }

  override saveProgress(): LogPosition | null {
    // Where there is no log now, the place in the one that there was is kept for a run that has it again.
    return this.#intake?.lastAllocated ?? this.#behind;
  }

  override restoreProgress(saved: unknown): void {
    this.#behind = saved as LogPosition | null;
  }

  override async start(): Promise<void> {
    await this.#intake?.start();
  }

  override async stop(): Promise<void> {
    await this.#intake?.stop();
  }

  override hasPending(): boolean {
    return this.#intake?.hasPending ?? false;
  }

  override onRate(recordsPerSecond: number): void {
    this.#intake?.updateRate(recordsPerSecond);
  }

  override flow(): InputFlow | null {
    return this.#intake?.flow ?? null;
  }

  override compute(time: Time): SourceBatch {
    const blocks = this.#intake?.blocksOf(time.milliseconds) ?? [];
    const Description = blocks.length === 0 ? 'no blocks' : `${blocks.length} blocks from ${blocks[0].id} on`;
    return {
      partitions: alike(blocks),
      numRecords: sizeOf(blocks).records,
      metadata: { Description },
    };
  }
}

/**
 * The partitions of blocks. Those of an earlier run are read from the log, and then those of this run are, too: when the batch runs
 * again after a restart all are, and a source that puts neighbours of a kind together must lay them out as it does now.
 */
function alike(blocks: readonly StoredBlock[]): readonly SourcePartition[] {
  const isMixed = blocks.some(({ partition }) => partition.kind === 'range');
  return blocks.map(({ partition, logged }) => (isMixed && logged !== undefined ? loggedPartition(logged) : partition));
}

/** Names of the options that every stream with a receiver takes, for sources that check theirs. */
export const RECEIVER_OPTIONS: readonly string[] = ['name', 'runOn', ...INTAKE_OPTIONS];

/**
 * Checks the values of these options. Sources do so under their own name, before the stream is made.
 * @param where what the errors call it: the function that the user has called
 * @throws MR_OPTION, MR_DURATION
 */
export function checkReceiverOptions(where: string, options: ReceiverStreamOptions): void {
  checkIntake(where, options);
  const { runOn } = options;
  if (runOn === undefined || runOn === 'driver' || runOn === 'worker') return;
  throw error('MR_OPTION', { option: `${where}: runOn`, value: runOn, rule: "must be 'driver' or 'worker'" });
}

/** Checks what `receiverStream` was given, where it is written down. @throws MR_OPTION */
export function checkReceiver(receiver: unknown, options: ReceiverStreamOptions): void {
  const { onStart, onStop } = (receiver ?? {}) as Partial<Receiver<unknown>>;
  if (typeof onStart !== 'function' || typeof onStop !== 'function') {
    throw error('MR_OPTION', {
      option: 'receiverStream: receiver',
      value: receiver,
      rule: 'must be a Receiver, with onStart and onStop',
    });
  }
  for (const [option, value] of Object.entries(options)) {
    if (RECEIVER_OPTIONS.includes(option)) continue;
    const rule = `must be left out: receiverStream has the options ${RECEIVER_OPTIONS.join(', ')}`;
    throw error('MR_OPTION', { option: `receiverStream: ${option}`, value, rule });
  }
}
