import { afterAll, expect, test } from 'vitest';
import { described, Simulation } from './run.ts';
import { SEEDS } from './seeds.ts';

const simulation = new Simulation('single');
afterAll(() => simulation.stop());

async function faultOf(seed: number): Promise<string | null> {
  const report = await simulation.run(seed);
  return report.fault === null ? null : `${described(report)}\n  npm run test:crash -- --runs 1 --seed ${seed}`;
}

for (const { seed, why } of SEEDS) {
  test(`seed ${seed}: ${why}`, async () => {
    expect(await faultOf(seed)).toBeNull();
  });
}

test('a job that crashes at any step gives what it gives without a crash', async () => {
  const first = Math.trunc(Math.random() * 2 ** 31);
  console.log(`crash schedules: seed ${first}; for more of them: npm run test:crash -- --seed ${first}`);
  for (let n = 0; n < 100; n++) expect(await faultOf(first + n)).toBeNull();
});

test('a seed always means the same schedule, and the same run of it', async () => {
  for (const seed of [3, 17, 40, 71]) {
    const { lives, crashes, repeats, schedule } = await simulation.run(seed);
    expect(await simulation.run(seed)).toMatchObject({ lives, crashes, repeats, schedule });
  }
});
