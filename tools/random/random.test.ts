import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { programs } from './generate.ts';
import { Backends, backendNames, check } from './run.ts';

const backends = new Backends();
afterAll(() => backends.stop());

test('random programs give the same on all backends and in the oracle', async () => {
  const seed = Math.trunc(Math.random() * 2 ** 31);
  console.log(`random programs: seed ${seed}; for more of them: npm run test:random -- --seed ${seed}`);
  const result = await fc.check(
    fc.asyncProperty(programs(), (program) => check(program, backends, backendNames)),
    { numRuns: 60, seed, interruptAfterTimeLimit: 20_000 },
  );
  if (!result.failed) return;
  const { errorInstance, counterexample } = result;
  const message = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  const program = JSON.stringify(counterexample?.[0]);
  throw new Error(`seed ${seed}: ${message}\n  npm run test:random -- --program '${program.replaceAll("'", "'\\''")}'`);
}, 60_000);

test('the oracle is small and shares nothing with the engine', () => {
  const text = readFileSync(new URL('./oracle.ts', import.meta.url), 'utf8');
  const code = text.split('\n').filter((line) => !/^\s*(\/\/.*|\/?\*.*)?$/.test(line));
  expect(code.length).toBeLessThanOrEqual(300);
  const imports = [
    ...(text + readFileSync(new URL('./functions.ts', import.meta.url), 'utf8')).matchAll(/ from '(.+)'/g),
  ];
  expect(new Set(imports.map(([, from]) => from))).toEqual(new Set(['./functions.ts', './program.ts']));
});
