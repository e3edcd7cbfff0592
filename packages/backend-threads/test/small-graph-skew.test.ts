import { loadJob } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { expect, it } from 'vitest';
import { threads } from '../src/index.ts';
import type expanding from './jobs/expanding.ts';

const PARTITIONS = 4;
/** Pairs of the last batch in which half of them have one key. */
const MANY = 8000;

/** How many pairs each partition of a join gets of a batch with a heavy key, behind batches of a few records; then how many there are. */
async function pairsBehind(small: number): Promise<number[]> {
  const clock = new ManualClock();
  const seen = new SharedArrayBuffer(4 * (PARTITIONS + 1));
  const { ssc, streams } = await loadJob<typeof expanding>(new URL('./jobs/expanding.ts', import.meta.url), {
    backend: threads({ workers: 2 }),
    clock,
    params: { seen },
  });
  await ssc.start();
  for (const n of [...new Array<number>(small).fill(1), MANY]) {
    new Int32Array(seen).fill(0);
    streams.queue.push([n]);
    streams.names.push([['hot', 'a']]);
    await runBatches(ssc, clock, 1);
  }
  await ssc.stop();
  return [...new Int32Array(seen)];
}

it('pairs of a heavy key lie in the same partitions whether or not a graph was expected to be small', async () => {
  const alone = await pairsBehind(0);
  const joined = alone.slice(0, PARTITIONS);
  expect([joined.reduce((sum, n) => sum + n, 0), alone[PARTITIONS]]).toEqual([MANY / 2, MANY]);
  expect(joined.filter((n) => n > 0).length).toBeGreaterThan(1);
  // Enough batches for the shape to be known as small, whatever the machine.
  expect(await pairsBehind(200)).toEqual(alone);
});
