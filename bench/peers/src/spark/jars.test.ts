import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-spark-test-'));
  // What a machine has installed is not what is tested.
  vi.stubEnv('XDG_CACHE_HOME', folder);
  vi.stubEnv('PATH', folder);
  vi.stubEnv('MILLRACE_SPARK', undefined);
  vi.resetModules();
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const load = () => import('./jars.ts');

function makeJars(path: string): string {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'spark-streaming_2.13-4.3.0.jar'), '');
  return path;
}

function makePrograms(...names: string[]): void {
  for (const name of names)
    makeProgram(name, name === 'java' ? 'openjdk version "21.0.2" 2024-01-16' : 'javac 17.0.15');
}

/** One that says this of its version. */
function makeProgram(name: string, version: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\necho '${version}' >&2\n`, { mode: 0o755 });
}

it('without Spark one line says what brings it', async () => {
  const { noSpark, sparkJars } = await load();
  expect(noSpark()).toBe('needs Spark: npm run services -- start spark');
  expect(sparkJars).toThrow('npm run services -- start spark');
});

it('finds what the services have installed', async () => {
  makePrograms('java', 'javac');
  const jars = makeJars(join(folder, 'millrace', 'spark-4.3.0'));
  const { noSpark, sparkJars } = await load();
  expect(noSpark()).toBeNull();
  expect(sparkJars()).toBe(jars);
});

it('prefers what the variable names, and says when there is nothing', async () => {
  makePrograms('java', 'javac');
  makeJars(join(folder, 'millrace', 'spark-4.3.0'));
  const { noSpark, sparkJars } = await load();
  const named = makeJars(join(folder, 'named'));
  vi.stubEnv('MILLRACE_SPARK', named);
  expect(sparkJars()).toBe(named);
  vi.stubEnv('MILLRACE_SPARK', join(folder, 'elsewhere'));
  expect(noSpark()).toContain('elsewhere, which is not there');
  vi.stubEnv('MILLRACE_SPARK', folder);
  expect(noSpark()).toContain('has no jar of Spark Streaming');
});

it('without a compiler it says which program is missing', async () => {
  makePrograms('java');
  makeJars(join(folder, 'millrace', 'spark-4.3.0'));
  const { noSpark } = await load();
  expect(noSpark()).toContain('there is no javac here: it takes a JDK');
});

it.each([
  ['openjdk version "1.8.0_402"', 'javac 1.8.0_402', 'java is of version 8, javac is of version 8 here'],
  ['openjdk version "17.0.15" 2025-04-15', 'javac 11.0.2', 'javac is of version 11 here'],
  ['java version "16"', 'javac 17', 'java is of version 16 here'],
  ['something else', 'javac 17', 'java is of version 0 here'],
])('a Java that is too old is named: %s, %s', async (java, javac, said) => {
  makeProgram('java', java);
  makeProgram('javac', javac);
  makeJars(join(folder, 'millrace', 'spark-4.3.0'));
  const { noSpark } = await load();
  expect(noSpark()).toBe(`needs Spark: ${said}: it takes a JDK, 17 or newer; npm run services -- start spark`);
});
