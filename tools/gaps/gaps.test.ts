import { afterAll, expect, test } from 'vitest';
import { type BackendName, described, Gaps } from './run.ts';
import { SEEDS } from './seeds.ts';

const onSingle = new Gaps('single');
const onThreads = new Gaps('threads');
afterAll(() => Promise.all([onSingle.stop(), onThreads.stop()]));

async function faultOf(gaps: Gaps, backend: BackendName, seed: number): Promise<string | null> {
  const report = await gaps.run(seed);
  if (report.fault === null) return null;
  return `${described(report)}\n  npm run test:gaps -- --backend ${backend} --runs 1 --seed ${seed}`;
}

for (const { seed, why } of SEEDS) {
  test(`seed ${seed}: ${why}`, async () => {
    expect(await faultOf(onSingle, 'single', seed)).toBeNull();
  });
}

test('windows are those of the batches that count, whatever failed, was left out, or was cut by a restart', async () => {
  const first = Math.trunc(Math.random() * 2 ** 31);
  console.log(`gaps: seed ${first}; for more of them: npm run test:gaps -- --seed ${first}`);
  for (let n = 0; n < 40; n++) expect(await faultOf(onSingle, 'single', first + n)).toBeNull();
});

test('the same in worker threads', async () => {
  const first = Math.trunc(Math.random() * 2 ** 31);
  console.log(`gaps: seed ${first}; for more of them: npm run test:gaps -- --backend threads --seed ${first}`);
  for (let n = 0; n < 12; n++) expect(await faultOf(onThreads, 'threads', first + n)).toBeNull();
});
