import { parseArgs } from 'node:util';
import { anySeed, oneOf, readCommandLine, wholeNumber } from '../command-line.ts';
import { isPromised, killAgainAndAgain } from './run.ts';

/*
 * A job that is killed with -9 at random moments and started again, fed by HTTP, a socket and files:
 *
 *   npm run test:kill -- --runs 200 --seed 7 --backend threads --victim process
 *
 * On threads workers die meanwhile; with `--victim workers` they alone do.
 */
const usage = 'npm run test:kill -- [--runs N] [--seed S] [--backend single|threads] [--victim process|workers]';
const { runs, seed, backends, victims } = readCommandLine(usage, () => {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '20' },
      seed: { type: 'string' },
      backend: { type: 'string', multiple: true, default: ['single', 'threads'] },
      victim: { type: 'string', multiple: true, default: ['process', 'workers'] },
    },
  });
  return {
    runs: wholeNumber('runs', values.runs, 1),
    seed: values.seed === undefined ? anySeed() : wholeNumber('seed', values.seed, 0),
    backends: values.backend.map((name) => oneOf('backend', name, ['single', 'threads'])),
    victims: values.victim.map((name) => oneOf('victim', name, ['process', 'workers'])),
  };
});
let passed = 0;
let failed = 0;
for (const backend of backends) {
  for (const victim of victims) {
    if (victim === 'workers' && backend === 'single') continue;
    console.log(`${backend}, ${victim}, seed ${seed}`);
    const result = await killAgainAndAgain({ backend, victim, runs, seed, say: console.log });
    const { files, database, appended, totals, expectedTotals, ...counts } = result;
    console.log(counts);
    console.log(
      `files ${files.records} records, database ${database.records}; an output that appends has ${appended.records}, ${appended.repeated.length} of them more than once`,
    );
    if (isPromised(result)) {
      passed += 1;
      continue;
    }
    failed += 1;
    for (const [sink, v] of Object.entries({ files, database, appended }))
      console.log(sink, {
        lost: v.lost.slice(0, 20),
        repeated: v.repeated.slice(0, 20),
        strange: v.strange.slice(0, 20),
      });
    console.log({ totals, expectedTotals });
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
