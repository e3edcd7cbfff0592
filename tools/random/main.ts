import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { programs } from './generate.ts';
import type { Program } from './program.ts';
import { type BackendName, Backends, backendNames, check } from './run.ts';

/*
 * Random programs on all backends and the oracle:
 *
 *   npm run test:random -- --runs 2000 --seed 7 --backend single,threads
 *   npm run test:random -- --program '{"batches":1,…}'      one program, as it is printed when it fails; or @file
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '500' },
    seed: { type: 'string' },
    path: { type: 'string' },
    steps: { type: 'string', default: '9' },
    backend: { type: 'string', multiple: true },
    program: { type: 'string' },
    'max-failures': { type: 'string', default: '3' },
    'no-shrink': { type: 'boolean', default: false },
  },
});
const names = (values.backend ?? [backendNames.join()]).flatMap((v) => v.split(',')) as BackendName[];
for (const name of names)
  if (!backendNames.includes(name)) throw new TypeError(`--backend ${name}: there are ${backendNames.join(', ')}`);

const backends = new Backends();
process.exitCode = values.program === undefined ? await many() : await one(values.program);
await backends.stop();

async function one(text: string): Promise<number> {
  const program = JSON.parse(text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text) as Program;
  try {
    await check(program, backends, names);
    console.log('1 passed, 0 failed');
    return 0;
  } catch (e) {
    console.log(e instanceof Error ? e.message : e);
    console.log('0 passed, 1 failed');
    return 1;
  }
}

/** Runs blocks of programs, each with a seed of its own, so that a failure does not end the search. */
async function many(): Promise<number> {
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs ${values.runs} is no whole number of at least 1`);
  const steps = Number(values.steps);
  const first = values.seed === undefined ? Math.trunc(Math.random() * 2 ** 31) : Number(values.seed);
  const block = Math.min(runs, 100);
  console.log(
    `seed ${first}: ${runs} programs of up to ${steps} operators on ${names.join(', ')} (${availableParallelism()} cores)`,
  );
  let passed = 0;
  let failed = 0;
  const begun = performance.now();
  for (let done = 0; done < runs && failed < Number(values['max-failures']); done += block) {
    const seed = values.path === undefined ? first + done / block : first;
    const result = await fc.check(
      fc.asyncProperty(programs(steps), (program) => check(program, backends, names)),
      {
        numRuns: Math.min(block, runs - done),
        seed,
        path: values.path,
        endOnFailure: values['no-shrink'],
        interruptAfterTimeLimit: 300_000,
      },
    );
    passed += result.failed ? Math.max(0, result.numRuns - 1) : result.numRuns;
    if (result.failed) {
      failed += 1;
      console.log(
        `\nFAILED after ${result.numRuns} programs of seed ${seed}, made smaller ${result.numShrinks} times:`,
      );
      console.log(String((result.errorInstance as Error | null)?.message ?? result.errorInstance));
      console.log(
        `  npm run test:random -- --backend ${names.join()} --program '${JSON.stringify(result.counterexample?.[0]).replaceAll("'", "'\\''")}'`,
      );
      console.log(
        `  npm run test:random -- --backend ${names.join()} --runs 1 --steps ${steps} --seed ${seed} --path ${result.counterexamplePath}\n`,
      );
    }
    const seconds = (performance.now() - begun) / 1000;
    console.log(`${passed + failed} programs, ${seconds.toFixed(0)} s`);
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
