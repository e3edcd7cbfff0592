import type { BackendSession } from '../backend/contract.ts';
import { toErrorData } from '../errors/index.ts';
import type { InputFlow, ReceiverInfo } from '../events/listener.ts';
import type { ListenerBus } from '../events/listener-bus.ts';
import type { LogPosition } from '../log/read-record.ts';
import type { Clock } from '../schedule/clock.ts';
import { DriverReceiver } from './driver-receiver.ts';
import type { ReceivedBlock, StoredBlock } from './received-block.ts';
import { ReceivedBlockTracker } from './received-block-tracker.ts';
import { type LoggedBlock, loggedPartition, type ReceivedLog, type SavedBlock, savedBlock } from './received-log.ts';
import type { Receiver } from './receiver.ts';
import type { ReceiverSettings } from './receiver-settings.ts';
import { PATIENCE, type ReceiverEvent, type Waiting } from './receiver-supervisor.ts';
import { WorkerReceiver } from './worker-receiver.ts';

/** A stream with a receiver. */
export interface ReceiverStream {
  readonly id: number;
  readonly name: string;
  readonly settings: ReceiverSettings;
  readonly runOn: 'driver' | 'worker';
  getReceiver(): Receiver<unknown>;
  /** How long batches of the stream are remembered after they are over, in ms. */
  rememberMs?(): number;
  /** Hears what the receiver tells of itself. */
  announced?(fact: unknown): void;
}

/** One running receiver, wherever it runs. */
export interface RunningReceiver {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** A batch is about to take what there is. */
  cut(): void;
  updateRate(rate: number): void;
  /** There may be room again. */
  roomChanged(): void;
  readonly rateLimit: number | null;
  /** Received and not stored with the tracker yet. */
  readonly unstored: Waiting;
  readonly turnedAway: { readonly refused: number; readonly dropped: number };
}

/** The blocks of a batch of an earlier run, and until when they are needed. */
export interface RestoredBlocks {
  readonly time: number;
  readonly blocks: readonly SavedBlock[];
  readonly until: number;
}

/** What the tracker needs of the job. */
export interface TrackerOptions {
  readonly clock: Clock;
  readonly bus: ListenerBus;
  readonly warn: (message: string) => void;
  /** Where workers are. */
  readonly session: BackendSession;
  /** Whether its tasks run in this heap. */
  readonly oneHeap: boolean;
  /** Where blocks are safe before they count as stored; null: they are in memory only. */
  readonly log: ReceivedLog | null;
}

/** What a receiver last complained about. */
interface Complaint {
  readonly message: string;
  readonly cause: unknown;
  /** In ms since the epoch. */
  readonly time: number;
}

/** All receivers of a job, on the driver: what they stored, how much of it waits, and how they are. Spark's ReceiverTracker. */
export class ReceiverTracker {
  /** Which blocks belong to which batch. */
  readonly blocks: ReceivedBlockTracker<StoredBlock>;
  readonly #intakes: readonly StreamIntake[];
  readonly #log: ReceivedLog | null;

  constructor(streams: readonly ReceiverStream[], options: TrackerOptions) {
    this.blocks = new ReceivedBlockTracker<StoredBlock>(streams.map((s) => s.id));
    this.#log = options.log;
    this.#intakes = streams.map((stream) => new StreamIntake(stream, this.blocks, options));
  }

  /** What a stream asks. */
  intakeOf(id: number): StreamIntake {
    return this.#intakes.find((intake) => intake.stream.id === id) as StreamIntake;
  }

  /** With a log: what receivers have in hand is on its way to be stored; null if nothing has to be waited for. */
  prepare(): Promise<void> | null {
    if (this.#log === null || this.#intakes.length === 0) return null;
    for (const intake of this.#intakes) intake.cut();
    return Promise.all(this.#intakes.map((intake) => intake.whenStored())).then(() => {});
  }

  /** What waits in each stream's intake for a batch to begin. */
  get backlog(): readonly (Waiting & { readonly stream: string })[] {
    return this.#intakes.map((intake) => ({ stream: intake.stream.name, ...intake.backlog }));
  }

  /** Gives all that waits, of all streams, to a batch. */
  allocate(time: number): void {
    if (this.#intakes.length === 0) return;
    for (const intake of this.#intakes) intake.cut();
    this.blocks.allocate(time, (id, waiting) => this.intakeOf(id).mostOf(waiting));
    for (const intake of this.#intakes) intake.allocated(time);
  }

  /** A batch has begun: what it took is no longer waiting, and there is room for as much. */
  begun(time: number): void {
    for (const intake of this.#intakes) intake.begun(time);
  }

  /** Batches up to a time have completed (R55). */
  completed(time: number): void {
    if (this.#intakes.length === 0) return;
    // A batch that was never run, because an earlier one ended the job, began nevertheless for those who wait for room.
    this.begun(time);
    // A window that slides by several batches asks for their blocks when the earlier ones are over.
    this.blocks.cleanup(time - Math.max(...this.#intakes.map(({ stream }) => stream.rememberMs?.() ?? 0)));
    if (this.#log === null) return;
    const waiting = this.#intakes.flatMap((intake) => intake.firstWaiting ?? []);
    this.#log.over(time, waiting.length === 0 ? null : Math.min(...waiting));
  }

  /** When all receivers have stopped. */
  async close(): Promise<void> {
    await this.#log?.close();
  }
}

/** The intake of one stream on the driver. */
export class StreamIntake {
  readonly stream: ReceiverStream;
  readonly #blocks: ReceivedBlockTracker<StoredBlock>;
  readonly #options: TrackerOptions;
  readonly #receiver: RunningReceiver;
  /** Stored, and their batch has not begun. */
  readonly #waiting = { records: 0, bytes: 0 };
  #begunUpTo = Number.NEGATIVE_INFINITY;
  /** The last batch of an earlier run: what it and those before had does not wait. */
  #restoredUpTo = Number.NEGATIVE_INFINITY;
  /** Batches that have blocks and have not begun. */
  readonly #allocatedTimes: number[] = [];
  /** Blocks on their way to the log. */
  readonly #storing = new Set<Promise<void>>();
  /** The last block in the log that a batch has got. */
  #lastAllocated: LogPosition | null = null;
  /** What the newest batch took. */
  #taken = { time: Number.NEGATIVE_INFINITY, records: 0, bytes: 0 };
  #active = false;
  #lastError: Complaint | null = null;
  #warned = '';

  constructor(stream: ReceiverStream, blocks: ReceivedBlockTracker<StoredBlock>, options: TrackerOptions) {
    this.stream = stream;
    this.#blocks = blocks;
    this.#options = options;
    const inWorker = stream.runOn === 'worker' && options.session.openReceiver !== undefined;
    this.#receiver = inWorker
      ? new WorkerReceiver(stream, this, options)
      : new DriverReceiver(stream, this, options.clock, options.oneHeap);
  }

  start(): Promise<void> {
    return this.#receiver.start();
  }

  stop(): Promise<void> {
    return this.#receiver.stop();
  }

  cut(): void {
    this.#receiver.cut();
  }

  /** Stores a block: it is safe when this returns, or with a log when its promise resolves. */
  push(block: ReceivedBlock): Promise<void> | undefined {
    const { log } = this.#options;
    if (log === null) {
      this.#add(block);
      return undefined;
    }
    const stored = log.append(this.stream.name, block).then((logged) => this.#add({ ...block, logged }));
    this.#storing.add(stored);
    const over = () => this.#storing.delete(stored);
    stored.then(over, over);
    return stored;
  }

  /** Resolves when all that was pushed so far is stored, or was not. */
  async whenStored(): Promise<void> {
    if (this.#storing.size > 0) await Promise.allSettled(this.#storing);
  }

  /**
   * How many of the blocks that wait a batch may have: as many as the bounds let wait. There are more when a receiver hands over what
   * it has in hand at its end; they go to further batches.
   */
  mostOf(waiting: readonly StoredBlock[]): number {
    const { maxBufferedRecords, maxBufferedBytes } = this.stream.settings;
    let [records, bytes, count] = [0, 0, 0];
    for (const block of waiting) {
      records += block.numRecords;
      bytes += block.numBytes;
      if (count > 0 && (records > PATIENCE * maxBufferedRecords || bytes > PATIENCE * maxBufferedBytes)) break;
      count += 1;
    }
    return count;
  }

  /** What an earlier run has left: the blocks of its batches, and those that no batch has got. */
  restore(batches: readonly RestoredBlocks[], behind: LogPosition | null): void {
    const { log } = this.#options;
    if (log === null) return;
    const { id, name } = this.stream;
    for (const { time, blocks, until } of batches) {
      const logged = blocks.map((block) => log.restored(block, until));
      this.#blocks.restore(
        time,
        id,
        logged.map((block) => this.#fromLog(block)),
      );
      log.allocated(time, logged, until);
      this.#restoredUpTo = Math.max(this.#restoredUpTo, time);
    }
    this.#lastAllocated = behind;
    for (const logged of log.takeFound(name, behind)) this.#add(this.#fromLog(logged));
  }

  /** A batch was given blocks. */
  allocated(time: number): void {
    const { log } = this.#options;
    // Whether or not an output looks at this batch now: a window may do so later.
    if (time > this.#restoredUpTo && this.#blocks.blocksOf(time, this.stream.id).length > 0)
      this.#allocatedTimes.push(time);
    if (log === null) return;
    const blocks = this.#loggedOf(time);
    if (blocks.length > 0) this.#lastAllocated = (blocks.at(-1) as LoggedBlock).range.position;
    log.allocated(time, blocks, time + (this.stream.rememberMs?.() ?? 0));
  }

  /** For checkpoints: the blocks of a batch, and the last block that a batch has got. */
  saved(time: number): readonly SavedBlock[] {
    return this.#loggedOf(time).map(savedBlock);
  }

  get lastAllocated(): LogPosition | null {
    return this.#lastAllocated;
  }

  /** Whether what is stored is in a log. */
  get isLogged(): boolean {
    return this.#options.log !== null;
  }

  /** The segment of the first block that waits for a batch; null if there is none. */
  get firstWaiting(): number | null {
    return this.#blocks.unallocated(this.stream.id)[0]?.logged?.range.position.segment ?? null;
  }

  #loggedOf(time: number): readonly LoggedBlock[] {
    return this.#blocks.blocksOf(time, this.stream.id).flatMap(({ logged }) => logged ?? []);
  }

  #fromLog(logged: LoggedBlock): StoredBlock {
    const { id, numRecords, numBytes } = logged;
    return { id, streamId: this.stream.id, numRecords, numBytes, partition: loggedPartition(logged), logged };
  }

  #add(block: StoredBlock): void {
    this.#blocks.add(this.stream.id, block);
    this.#waiting.records += block.numRecords;
    this.#waiting.bytes += block.numBytes;
  }

  /** The blocks of a batch. */
  blocksOf(time: number): readonly StoredBlock[] {
    const blocks = this.#blocks.blocksOf(time, this.stream.id);
    if (time >= this.#taken.time) this.#taken = { time, ...sizeOf(blocks) };
    return blocks;
  }

  /** See `ReceiverTracker.begun`. */
  begun(time: number): void {
    this.#begunUpTo = Math.max(this.#begunUpTo, time);
    let changed = false;
    while (this.#allocatedTimes.length > 0 && this.#allocatedTimes[0] <= time) {
      const { records, bytes } = sizeOf(this.#blocks.blocksOf(this.#allocatedTimes.shift() as number, this.stream.id));
      this.#waiting.records -= records;
      this.#waiting.bytes -= bytes;
      changed = true;
    }
    if (changed) this.#receiver.roomChanged();
  }

  /** Stored and waiting for their batch to begin. */
  get waiting(): Waiting {
    return this.#waiting;
  }

  /** The same, with what is received and not stored yet. */
  get backlog(): Waiting {
    const { unstored } = this.#receiver;
    return { records: this.#waiting.records + unstored.records, bytes: this.#waiting.bytes + unstored.bytes };
  }

  get hasPending(): boolean {
    return this.#receiver.unstored.records > 0 || this.#blocks.hasUnallocated(this.stream.id);
  }

  updateRate(rate: number): void {
    this.#receiver.updateRate(rate);
  }

  get flow(): InputFlow {
    const { unstored, rateLimit, turnedAway } = this.#receiver;
    // What the newest batch has taken is told as its records, not as waiting for it. That of an earlier run never waited in this one.
    const { time, records, bytes } = this.#taken;
    const isTold = time > this.#begunUpTo && time > this.#restoredUpTo;
    return {
      rateLimit,
      waitingRecords: this.#waiting.records + unstored.records - (isTold ? records : 0),
      waitingBytes: this.#waiting.bytes + unstored.bytes - (isTold ? bytes : 0),
      ...turnedAway,
    };
  }

  announced(fact: unknown): void {
    this.stream.announced?.(fact);
  }

  event(kind: ReceiverEvent, message: string | null, cause: unknown): void {
    const { bus, clock, warn } = this.#options;
    if (kind === 'started') this.#active = true;
    if (kind === 'stopped') this.#active = false;
    if (message !== null && (kind === 'error' || cause !== null)) {
      this.#lastError = { message, cause, time: clock.now() };
      // A sender that is away for an hour is one line, not thousands.
      const text = `${this.stream.name}: ${message}${cause === null ? '' : ` (${toErrorData(cause).message})`}`;
      // A random delay makes each attempt another one.
      const said = text.replace(/ with delay \d+ ms/, '');
      if (said !== this.#warned) warn(text);
      this.#warned = said;
    }
    const name = { started: 'onReceiverStarted', error: 'onReceiverError', stopped: 'onReceiverStopped' } as const;
    if (bus.hears(name[kind])) bus.post(name[kind], { receiverInfo: this.#info(message) });
  }

  #info(message: string | null): ReceiverInfo {
    const { id, name, runOn } = this.stream;
    const last = this.#lastError;
    return {
      streamId: id,
      name,
      active: this.#active,
      location: runOn,
      lastErrorMessage: last?.message ?? message ?? '',
      lastError: last === null || last.cause === null ? '' : String(toErrorData(last.cause).message),
      lastErrorTime: last?.time ?? -1,
    };
  }
}

/** Records and bytes of some blocks. */
export function sizeOf(blocks: readonly StoredBlock[]): Waiting {
  let records = 0;
  let bytes = 0;
  for (const block of blocks) {
    records += block.numRecords;
    bytes += block.numBytes;
  }
  return { records, bytes };
}
