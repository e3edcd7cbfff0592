import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JobCheckpoint } from '../../../packages/core/src/checkpoint/job-checkpoint.ts';
import { planShape } from '../../../packages/core/src/checkpoint/plan-shape.ts';
import {
  type ExecutionBackend,
  memoryStore,
  milliseconds,
  type Pair,
  StreamingContext,
} from '../../../packages/core/src/index.ts';
import {
  collectOutputs,
  inlineBackend,
  ManualClock,
  runBatches,
  TestSource,
} from '../../../packages/core/src/testing/index.ts';
import { withDirectory } from '../files/run.ts';
import { scriptedContext } from '../scripts/scripted.ts';
import type { CallTable } from './table.ts';

/**
 * Which batches a recovered job runs, and when the clock's begin. The checkpoint is written down as the engine does, then a
 * job is started with it. Spark's checkpoint of a time is from when that batch was planned and cannot know of its end; so that batch
 * is planned and not over here, as are the pending ones. All others are over.
 */
async function restartSchedule(
  zeroTimeMs: number,
  batchMs: number,
  checkpointTimeMs: number,
  pendingMs: readonly number[],
  nowMs: number,
): Promise<unknown> {
  const { ssc, clock } = scriptedContext(batchMs, {}, nowMs);
  const times: number[] = [];
  new TestSource(ssc, []).foreachRDD((_, time) => void times.push(time.milliseconds));
  const store = memoryStore();
  const { name, defaultParallelism, plan } = ssc;
  const meta = { job: name, batchIntervalMs: batchMs, nodes: planShape(plan.nodes) };
  const checkpoint = new JobCheckpoint(store, () => {});
  await checkpoint.open(meta, [], 0, { steps: [], targetOf: neverMigrated });
  await checkpoint.begin({ ...meta, zeroTime: zeroTimeMs, defaultParallelism });
  for (let time = zeroTimeMs + batchMs; time <= checkpointTimeMs; time += batchMs) {
    const record = { time, intervalMs: batchMs, inputs: [], progress: [], broadcasts: [] };
    await checkpoint.planned(record, [], Number.POSITIVE_INFINITY);
    if (time < checkpointTimeMs && !pendingMs.includes(time))
      await checkpoint.completed({ time, states: [], bases: [], stood: [], computed: [], entries: [] }, null, null);
  }
  await checkpoint.close();
  ssc.checkpoint(store);
  await ssc.start();
  await ssc.awaitIdle();
  const rescheduleMs = times.splice(0);
  while (times.length === 0) {
    await clock.advance(1);
    await ssc.awaitIdle();
    if (clock.now() > nowMs + 10 * batchMs) break;
  }
  await ssc.stop();
  return { restartMs: times[0], rescheduleMs };
}

function neverMigrated(): never {
  throw new TypeError('there is nothing to migrate');
}

const BATCH_MS = 1000;
/** A setting that a checkpoint keeps, as the job was that wrote it. */
const CHECKPOINTED_PARALLELISM = 3;
const PARALLELISM = 5;

/** A job with a running count, whose batches have a record each. */
function countingJob(backend: ExecutionBackend, fromMs: number, defaultParallelism: number) {
  const clock = new ManualClock(fromMs);
  const ssc = new StreamingContext(backend, milliseconds(BATCH_MS), {
    name: 'counting',
    clock,
    defaultParallelism,
    warn: () => {},
    stopBackendByDefault: false,
  });
  const counts = new TestSource<Pair<string, number>>(
    ssc,
    Array.from({ length: 5 }, () => [['records', 1]]),
  ).updateStateByKey((ones: number[], sum: number | null) => ones.length + (sum ?? 0));
  return { ssc, clock, outputs: collectOutputs(counts) };
}

/** Makes the directory what a row says it is. */
async function prepare(dir: string, path: string): Promise<void> {
  if (path === 'empty') return;
  if (path === 'corrupted') {
    mkdirSync(join(dir, 'store'), { recursive: true });
    // More than a page of what is no checkpoint.
    writeFileSync(join(dir, 'store', 'data.mdb'), 'no checkpoint'.repeat(1000));
    return;
  }
  if (path !== 'valid') throw new TypeError(`the vector has a path of an unknown kind: ${path}`);
  const { ssc, clock } = countingJob(inlineBackend(), 0, CHECKPOINTED_PARALLELISM);
  ssc.checkpoint(dir);
  await ssc.start();
  await runBatches(ssc, clock, 2);
  await ssc.stop();
}

/** Whether the job begins anew or goes on, told by its state, and where its parallelism comes from if it goes on. */
async function getOrCreate(path: string, engineRunning: boolean): Promise<unknown> {
  return withDirectory(async (dir) => {
    await prepare(dir, path);
    const backend = inlineBackend();
    const other = countingJob(backend, 0, PARALLELISM).ssc;
    if (engineRunning) await other.start();
    let made: ReturnType<typeof countingJob> | null = null;
    const ssc = StreamingContext.getOrCreate(dir, () => {
      made = countingJob(backend, 2 * BATCH_MS, PARALLELISM);
      return made.ssc;
    });
    const { clock, outputs } = made as unknown as ReturnType<typeof countingJob>;
    try {
      await ssc.start();
      await runBatches(ssc, clock, 1);
    } finally {
      await ssc.stop();
      await other.stop();
    }
    const count = outputs[0]?.records[0]?.[1];
    if (count === 1) return { result: 'created' };
    return {
      result: count === 3 ? 'recovered' : `a count of ${count}`,
      conf: { [CHECKPOINTED_PARALLELISM]: 'checkpoint', [PARALLELISM]: 'engine' }[ssc.defaultParallelism],
    };
  });
}

/** How a job goes on where an earlier run of it has stopped. */
export const recoveryCalls: CallTable = {
  restartSchedule: () => (zeroTimeMs, batchMs, checkpointTimeMs, pendingMs, nowMs) =>
    restartSchedule(
      zeroTimeMs as number,
      batchMs as number,
      checkpointTimeMs as number,
      pendingMs as number[],
      nowMs as number,
    ),
  // There is no createOnError: see differences.ts.
  getOrCreate: () => (path, _createOnError, engineRunning) => getOrCreate(path as string, engineRunning as boolean),
};
