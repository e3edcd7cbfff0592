import { isDeepStrictEqual } from 'node:util';
import { type ExecutionBackend, memoryStore } from '../../../packages/core/src/index.ts';
import { faultyStore, runBatches, storeFaultOf } from '../../../packages/core/src/testing/index.ts';
import { checkBatch, checkSame, VectorFailure } from '../check.ts';
import type { Vector } from '../format.ts';
import { InputFiles } from './input-files.ts';
import { isDead, live } from './life.ts';
import { fileJobParams, withDirectory } from './run.ts';

/** Each seed kills the driver at other writes. */
const SEEDS = [1, 2, 3];
/** A life ends within so many writes; a batch has two. */
const WRITES = 10;
/** The first life gets so far that its first batch is planned: of a job that was never there nothing can be recovered. */
const FIRST_WRITES = 3;

interface Expected {
  /** All records that are output, whichever batch and however often. */
  readonly distinctOutputs?: readonly unknown[];
  /** Records that may be output. */
  readonly allowedOutputs?: readonly unknown[];
  /** The last record. */
  readonly lastOutput?: unknown;
}

/**
 * A file comes in each batch interval while the driver is killed, at writes to its store, and recovered again and again; files
 * come while it is down, too. Nothing may be lost, and no state may be wrong. @throws VectorFailure
 */
export async function runAtLeastOnce(vector: Vector, backend: ExecutionBackend): Promise<void> {
  for (const seed of SEEDS) {
    const { records, deaths } = await withDirectory((dir) => manyLives(vector, backend, dir, seed));
    const what = `with the seed ${seed} and ${deaths} deaths`;
    if (deaths < 3) throw new VectorFailure(what, 'to be killed again and again', deaths);
    check(vector.expected as Expected, records, what);
  }
}

async function manyLives(
  vector: Vector,
  backend: ExecutionBackend,
  dir: string,
  seed: number,
): Promise<{ readonly records: readonly unknown[]; readonly deaths: number }> {
  const interval = vector.batchDurationMs as number;
  const lines = vector.inputs as readonly (readonly unknown[])[];
  // File i belongs to the batch after i intervals, whether or not the job is alive then.
  const files = new InputFiles(
    dir,
    lines.map((records, i) => {
      const at = i * interval + Math.floor(interval / 2);
      return { path: `${i}`, modTimeMs: at, visibleAtMs: at, records };
    }),
  );
  const end = lines.length * interval;
  const store = memoryStore();
  const params = fileJobParams(vector, dir, false);
  const records: unknown[] = [];
  let deaths = 0;
  for (let now = 0, lifeNumber = 0; now < end; lifeNumber++) {
    const fault = storeFaultOf(seed * 1000 + lifeNumber, WRITES);
    const mortal = faultyStore(store, { ...fault, at: fault.at + (lifeNumber === 0 ? FIRST_WRITES : 0) });
    const { outputs, nowMs } = await live({
      backend,
      params,
      store: mortal,
      fromMs: now,
      meanwhile: async (ssc, clock) => {
        while (!isDead(mortal) && clock.now() < end) {
          files.showUpTo(clock.now() + interval);
          await runBatches(ssc, clock, 1);
        }
      },
    });
    records.push(...outputs.flatMap((o) => o.records));
    if (isDead(mortal)) deaths += 1;
    // It is noticed after a while.
    now = nowMs + (lifeNumber % 3) * interval;
    files.showUpTo(now);
  }
  const last = await live({
    backend,
    params,
    store,
    fromMs: end + 3 * interval,
    meanwhile: (ssc, clock) => runBatches(ssc, clock, 1),
  });
  records.push(...last.outputs.flatMap((o) => o.records));
  return { records, deaths };
}

function check({ distinctOutputs, allowedOutputs, lastOutput }: Expected, records: readonly unknown[], what: string) {
  if (distinctOutputs === undefined && lastOutput === undefined)
    throw new TypeError('the vector expects neither distinctOutputs nor a lastOutput');
  if (distinctOutputs !== undefined) {
    const distinct = records.filter((r, i) => records.findIndex((other) => isDeepStrictEqual(other, r)) === i);
    checkBatch(distinct, distinctOutputs, `distinct outputs, ${what}`, { unordered: true });
  }
  if (allowedOutputs !== undefined) {
    const others = records.filter((r) => !allowedOutputs.some((allowed) => isDeepStrictEqual(allowed, r)));
    checkSame(others, [], `outputs that are not allowed, ${what}`);
  }
  if (lastOutput !== undefined) checkSame(records.at(-1), lastOutput, `the last output, ${what}`);
}
