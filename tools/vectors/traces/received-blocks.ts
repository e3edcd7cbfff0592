import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { decodeRecord } from '../../../packages/core/src/checkpoint/layout.ts';
import { decodeBlocks } from '../../../packages/core/src/data/codec.ts';
import {
  type CheckpointStore,
  memoryStore,
  milliseconds,
  Receiver,
  StreamingContext,
} from '../../../packages/core/src/index.ts';
import type { LogPosition } from '../../../packages/core/src/log/read-record.ts';
import { recoverLog } from '../../../packages/core/src/log/recover.ts';
import type { StoredBlock } from '../../../packages/core/src/receiver/received-block.ts';
import { type LoggedRange, readLogged } from '../../../packages/core/src/receiver/received-log.ts';
import type { ReceiverTracker } from '../../../packages/core/src/receiver/receiver-tracker.ts';
import { inlineBackend, ManualClock } from '../../../packages/core/src/testing/index.ts';
import type { Vector } from '../format.ts';
import { mortalStore } from '../mortal-store.ts';
import { type Machine, type MachineTable, type Step, unknownStep } from './machine.ts';

/** A receiver that steps feed. */
class Fed extends Receiver<string> {
  onStart(): void {}
  onStop(): void {}
}

/** Where a job keeps what it needs to go on. */
interface Checkpoint {
  readonly store: CheckpointStore;
  readonly logDir: string;
}

interface Params {
  readonly streamIds: readonly number[];
  readonly checkpointDir: boolean;
}

/** More than any vector stores before a batch. */
const ROOM = 2 ** 24;

/** One run of the job: from its start to its death. */
interface Life {
  readonly ssc: StreamingContext;
  readonly clock: ManualClock;
  readonly tracker: ReceiverTracker;
  /** By the ids that the vector gives. */
  readonly receivers: ReadonlyMap<number, Fed>;
  readonly ids: ReadonlyMap<number, number>;
  readonly submitted: Set<number>;
  die(): Promise<void>;
}

/**
 * Received blocks in a job with receivers, their log, and its checkpoint: blocks are stored by receivers, a batch gets them at
 * its time, and they are cleaned up when it has completed. Batches stay under way until a step has them cleaned up.
 */
class ReceivedBlocks {
  readonly #params: Params;
  readonly #intervalMs: number;
  readonly #dir = mkdtempSync(join(tmpdir(), 'millrace-vector-'));
  /** What a job that goes on finds. */
  readonly #kept: Checkpoint;
  /** Batches up to this time may complete. */
  #completesUpTo = Number.NEGATIVE_INFINITY;
  #wake: (() => void)[] = [];
  #lastBatch = 0;
  #life: Life | null = null;

  constructor({ params, inputs }: Vector) {
    this.#kept = { store: memoryStore(), logDir: join(this.#dir, 'log') };
    this.#params = params as unknown as Params;
    const batches = (inputs as Step[]).filter(({ op }) => op === 'allocate').map(({ batch }) => batch as number);
    this.#intervalMs = batches.reduce(gcd, 0) || 1000;
  }

  async step(step: Step): Promise<unknown> {
    this.#life ??= await this.#start(this.#kept);
    const { tracker, ids, receivers } = this.#life;
    const { blocks } = tracker;
    const id = ids.get(step.stream as number) as number;
    const batch = step.batch as number;
    const add = (names: readonly string[]) =>
      Promise.all(names.map((name) => receivers.get(step.stream as number)?.storeMany([name])));
    switch (step.op) {
      case 'walEnabled':
        return [...ids.values()].every((stream) => tracker.intakeOf(stream).isLogged);
      case 'unallocated':
        return blocks.unallocated(id).map(nameOf);
      case 'unallocatedCount':
        return blocks.unallocated(id).length;
      case 'hasUnallocated':
        return blocks.hasUnallocated();
      case 'add':
        return void (await add(step.blocks as string[]));
      case 'addMany':
        return void (await add(Array.from({ length: step.count as number }, (_, i) => `b${i}`)));
      case 'allocate':
        return this.#allocate(this.#life, batch);
      case 'blocksOf':
        return blocks.blocksOf(batch, id).map(nameOf);
      case 'blocksOfCount':
        return blocks.blocksOf(batch, id).length;
      case 'blocksOfBatch':
        return this.#params.streamIds.map((stream) => [
          stream,
          (blocks.blocksOfBatch(batch).get(ids.get(stream) as number) ?? []).map(nameOf),
        ]);
      case 'recoveredBlockIdsValid':
        // What is read from the log is not looked for in memory.
        return [...ids.values()].some((stream) =>
          blocks.unallocated(stream).some(({ partition }) => partition.kind !== 'range'),
        );
      case 'cleanup':
        return this.#complete(this.#life, step.threshold as number);
      case 'restart':
        await this.#life.die();
        // A job that does not go on with what was there has a checkpoint of its own. (A log goes wherever its directory goes, so
        // that nothing that was acknowledged is lost.)
        this.#life = await this.#start(
          step.recover === true ? this.#kept : { store: memoryStore(), logDir: join(this.#dir, 'another log') },
        );
        return undefined;
      case 'logSummary':
        return this.#logSummary();
      default:
        throw unknownStep('ReceivedBlockTracker', step);
    }
  }

  async close(): Promise<void> {
    await this.#life?.die();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #start({ store, logDir }: Checkpoint): Promise<Life> {
    const clock = new ManualClock(this.#lastBatch);
    const ssc = new StreamingContext(inlineBackend(), milliseconds(this.#intervalMs), {
      clock,
      warn: () => {},
      onBatchFailure: 'stop',
      maxPendingBatches: 1000,
      intake: { maxBufferedRecords: ROOM, maxBufferedBytes: ROOM },
    });
    const mortal = mortalStore(store, () => false);
    if (this.#params.checkpointDir) ssc.checkpoint(mortal, { writeAheadLog: { dir: logDir } });
    const receivers = new Map<number, Fed>();
    const ids = new Map<number, number>();
    for (const streamId of this.#params.streamIds) {
      const receiver = new Fed();
      const stream = ssc.receiverStream(receiver, { name: `stream ${streamId}` });
      stream.foreachRDD((_, time) => this.#mayComplete(time.milliseconds, mortal));
      receivers.set(streamId, receiver);
      ids.set(streamId, stream.id);
    }
    const submitted = new Set<number>();
    ssc.addStreamingListener({ onBatchSubmitted: ({ batchInfo }) => void submitted.add(batchInfo.batchTime) });
    await ssc.start();
    ssc.awaitTermination().catch(() => {});
    const tracker = ssc.run?.receivers as ReceiverTracker;
    const die = async () => {
      mortal.die();
      this.#wakeAll();
      await ssc.stop();
    };
    return { ssc, clock, tracker, receivers, ids, submitted, die };
  }

  /** Keeps a batch under way until it may complete, or its process has died. */
  async #mayComplete(time: number, process: { readonly broken: boolean }): Promise<void> {
    while (time > this.#completesUpTo && !process.broken)
      await new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** The batch of a time gets what waits; one that has its blocks already is asked again, as when it runs again. */
  async #allocate({ clock, tracker, submitted }: Life, batch: number): Promise<void> {
    if (batch <= this.#lastBatch) return tracker.allocate(batch);
    if (batch !== this.#lastBatch + this.#intervalMs)
      throw new TypeError(`the vector leaves out batch times between ${this.#lastBatch} and ${batch}`);
    this.#lastBatch = batch;
    await clock.setTo(batch);
    await until(
      () =>
        submitted.has(batch) && (!this.#params.checkpointDir || this.#kept.store.get(['batch', batch]) !== undefined),
    );
  }

  /**
   * Lets batches up to a time complete, so that nobody remembers those before it: the stream has no window. Gives the ones before
   * whose blocks are gone then.
   */
  async #complete({ tracker }: Life, thresholdMs: number): Promise<readonly number[]> {
    const isGone = (time: number) => tracker.blocks.blocksOfBatch(time).size === 0;
    const times: number[] = [];
    for (let time = this.#intervalMs; time < thresholdMs; time += this.#intervalMs) if (!isGone(time)) times.push(time);
    this.#completesUpTo = thresholdMs;
    this.#wakeAll();
    await until(() => [...times, thresholdMs].every(isGone));
    return times.filter(isGone);
  }

  /** What is on disk: blocks, the batches that have got them, and whether the last of these has got the last block. */
  #logSummary(): unknown {
    let last: LogPosition | null = null;
    const { report } = recoverLog(this.#kept.logDir, 'fail', ({ position }) => {
      last = position;
    });
    const batches = [...this.#kept.store.entries(['batch'])].map(
      ({ value }) => decodeRecord<{ progress: readonly (readonly [string, LogPosition | null])[] }>(value).progress,
    );
    const allocated = batches.at(-1)?.map(([, behind]) => JSON.stringify(behind)) ?? [];
    return {
      additions: report.records,
      allocations: batches.length,
      lastIs: allocated.includes(JSON.stringify(last)) ? 'allocation' : 'addition',
    };
  }
}

/** A block's only record, wherever it is. */
function nameOf({ partition }: StoredBlock): unknown {
  if (partition.kind === 'live') return partition.records[0];
  const blocks = partition.kind === 'blocks' ? partition.blocks : readLogged(partition.range as LoggedRange);
  return decodeBlocks(blocks)[0];
}

/** Lets the engine go on until something holds; not for ever, since what checks it comes afterwards. */
async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !holds(); turn++) await setImmediate();
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

export const receivedBlockMachines: MachineTable = {
  ReceivedBlockTracker: (vector): Machine => {
    const blocks = new ReceivedBlocks(vector);
    return Object.assign((step: Step) => blocks.step(step), { close: () => blocks.close() });
  },
};
