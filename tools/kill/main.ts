import { parseArgs } from 'node:util';
import { killAgainAndAgain } from './run.ts';

/*
 * A job that is killed with -9 at random moments and started again, fed by HTTP and by files:
 *
 *   npm run test:kill -- --runs 200 --seed 7 --backend threads
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    seed: { type: 'string' },
    backend: { type: 'string', multiple: true },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
let failed = 0;
const backends = (values.backend ?? ['single', 'threads']) as ('single' | 'threads')[];
for (const backend of backends) {
  console.log(`${backend}, seed ${seed}`);
  const result = await killAgainAndAgain({ backend, runs: Number(values.runs), seed, say: console.log });
  const { lost, repeated, strange, totals, expectedTotals, ...counts } = result;
  console.log(counts);
  const good =
    lost.length + repeated.length + strange.length === 0 && JSON.stringify(totals) === JSON.stringify(expectedTotals);
  if (!good) {
    failed += 1;
    console.log({
      lost: lost.slice(0, 20),
      repeated: repeated.slice(0, 20),
      strange: strange.slice(0, 20),
      totals,
      expectedTotals,
    });
  }
}
console.log(`${backends.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
