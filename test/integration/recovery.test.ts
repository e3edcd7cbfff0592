import { expect, test } from 'vitest';
import { killAgainAndAgain } from '../../tools/kill/run.ts';

/* A job with state, windows and files that is killed with -9 at random moments; 200 times by `npm run test:kill -- --runs 200`. */

for (const backend of ['single', 'threads'] as const) {
  test(`a job on ${backend} that is killed again and again loses nothing and saves nothing twice`, async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`seed ${seed}`);
    const result = await killAgainAndAgain({ backend, runs: 8, seed });
    const { lost, repeated, strange, totals, expectedTotals, acknowledged, inFiles } = result;
    expect({ seed, lost, repeated, strange }).toEqual({ seed, lost: [], repeated: [], strange: [] });
    expect(totals).toEqual(expectedTotals);
    expect(acknowledged).toBeGreaterThan(0);
    expect(inFiles).toBeGreaterThan(0);
  });
}
