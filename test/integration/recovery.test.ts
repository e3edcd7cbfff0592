import { expect, test } from 'vitest';
import { killAgainAndAgain } from '../../tools/kill/run.ts';

/*
 * A job with state, windows, files and a database that is killed with -9 at random moments, or whose workers die; 200 times by
 * `npm run test:kill -- --runs 200`.
 */
const CASES = [
  ['process', 'single'],
  ['process', 'threads'],
  ['workers', 'threads'],
] as const;

for (const [victim, backend] of CASES) {
  test(`a job on ${backend} whose ${victim === 'process' ? 'process is' : 'workers are'} killed again and again loses nothing and saves nothing twice`, async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const result = await killAgainAndAgain({ backend, victim, runs: 15, seed });
    const { files, database, appended, totals, expectedTotals, ...counts } = result;
    console.log(
      `seed ${seed}, ${JSON.stringify(counts)}, repeated in the output that appends: ${appended.repeated.length}`,
    );
    for (const { lost, repeated, strange } of [files, database, { ...appended, repeated: [] }])
      expect({ seed, lost, repeated, strange }).toEqual({ seed, lost: [], repeated: [], strange: [] });
    expect(totals).toEqual(expectedTotals);
    expect(counts.acknowledged).toBeGreaterThan(0);
    expect(counts.inFiles).toBeGreaterThan(0);
    if (backend === 'threads') expect(counts.workersLost).toBeGreaterThan(0);
  });
}
