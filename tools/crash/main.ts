import { parseArgs } from 'node:util';
import { anySeed, oneOf, readCommandLine, wholeNumber } from '../command-line.ts';
import { backendNames, described, Simulation } from './run.ts';

/*
 * Random programs that crash at any step, and are compared with a run that nothing interrupts:
 *
 *   npm run test:crash -- --runs 10000 --seed 7 --backend single
 *
 * Schedule n has the seed `--seed` + n. One that fails is run again, alone, with `--runs 1 --seed` and its seed.
 */
const usage = 'npm run test:crash -- [--runs N] [--seed S] [--backend single|threads] [--max-failures N]';
const { runs, most, first, backend } = readCommandLine(usage, () => {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '500' },
      seed: { type: 'string' },
      backend: { type: 'string', default: 'single' },
      'max-failures': { type: 'string', default: '3' },
    },
  });
  return {
    runs: wholeNumber('runs', values.runs, 1),
    most: wholeNumber('max-failures', values['max-failures'], 1),
    first: values.seed === undefined ? anySeed() : wholeNumber('seed', values.seed, 0),
    backend: oneOf('backend', values.backend, backendNames),
  };
});

console.log(`seed ${first}: ${runs} crash schedules on ${backend}`);
const simulation = new Simulation(backend);
const crashes = new Map<string, number>();
let [passed, failed, repeats] = [0, 0, 0];
const begun = performance.now();
for (let n = 0; n < runs && failed < most; n++) {
  const report = await simulation.run(first + n);
  for (const step of report.crashes) crashes.set(step, (crashes.get(step) ?? 0) + 1);
  repeats += report.repeats;
  if (report.fault === null) passed += 1;
  else {
    failed += 1;
    console.log(`\nFAILED ${described(report)}`);
    console.log(`  npm run test:crash -- --backend ${backend} --runs 1 --seed ${report.schedule.seed}\n`);
  }
  if ((n + 1) % 1000 === 0) console.log(`${n + 1} schedules, ${((performance.now() - begun) / 1000).toFixed(0)} s`);
}
await simulation.stop();
const total = [...crashes.values()].reduce((a, b) => a + b, 0);
console.log(`${total} crashes, ${repeats} output operations ran again. Crashes by what was next, or had just been:`);
for (const [step, count] of [...crashes].sort(([, a], [, b]) => b - a))
  console.log(`${String(count).padStart(7)}  ${step}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
