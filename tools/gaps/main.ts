import { parseArgs } from 'node:util';
import { type BackendName, backendNames, described, Gaps } from './run.ts';

/*
 * Random programs of windows whose batches fail, are left out, or are cut by a restart, compared with an oracle:
 *
 *   npm run test:gaps -- --runs 5000 --seed 7 --backend single
 *
 * Run n has the seed `--seed` + n. One that fails is run again, alone, with `--runs 1 --seed` and its seed.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '500' },
    seed: { type: 'string' },
    backend: { type: 'string', default: 'single' },
    'max-failures': { type: 'string', default: '3' },
  },
});
const runs = whole('runs', values.runs, 1);
const most = whole('max-failures', values['max-failures'], 1);
const first = values.seed === undefined ? Math.trunc(Math.random() * 2 ** 31) : whole('seed', values.seed, 0);
const backend = values.backend as BackendName;
if (!backendNames.includes(backend)) throw new TypeError(`--backend ${backend}: there are ${backendNames.join(', ')}`);

console.log(`seed ${first}: ${runs} programs with gaps on ${backend}`);
const gaps = new Gaps(backend);
const total = { batches: 0, failed: 0, leftOut: 0 };
let [passed, failed] = [0, 0];
for (let n = 0; n < runs && failed < most; n++) {
  const report = await gaps.run(first + n);
  total.batches += report.figures.batches;
  total.failed += report.figures.failed;
  total.leftOut += report.figures.leftOut;
  if (report.fault === null) passed += 1;
  else {
    failed += 1;
    console.log(`\nFAILED ${described(report)}`);
    console.log(`  npm run test:gaps -- --backend ${backend} --runs 1 --seed ${report.program.seed}\n`);
  }
}
await gaps.stop();
console.log(`${total.batches} batches, of which ${total.failed} failed; ${total.leftOut} batch times were left out`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function whole(option: string, text: string, min: number): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < min) throw new TypeError(`--${option} ${text} is no whole number of at least ${min}`);
  return n;
}
