import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { type Import, type SourceFile, sourceFiles } from './source-files.ts';

const ANY = 'any';

/** What each workspace may import of the others. A workspace that is missing here may import `@millrace/core` only. */
const workspaceMayImport: Record<string, readonly string[] | typeof ANY> = {
  core: [],
  sources: ['core', 'kafka'],
  sinks: ['core', 'kafka'],
  cli: ['core', 'sources', 'sinks', 'backend-single', 'backend-threads', 'dashboard'],
  bench: ['core', 'backend-single', 'backend-threads'],
  benchmarks: ANY,
  'bench-peers': ANY,
  examples: ANY,
};
/** What the tests of a workspace may import besides. */
const testsMayAlsoImport: Record<string, readonly string[]> = {
  sources: ['backend-single', 'backend-threads'],
  sinks: ['backend-single', 'backend-threads'],
};
/** Measures parts of core that nobody else can reach, and so core exports nothing for it. */
const measuresCore = 'bench/src/micro/';
const nobodyImports = ['benchmarks', 'bench-peers', 'examples'];

/** What each folder of packages/core/src may import of the others; itself always. Tests are free. */
const layerMayImport: Record<string, readonly string[] | typeof ANY> = {
  errors: [],
  data: ['errors'],
  events: ANY,
  schedule: ANY,
  plan: ANY,
  lineage: ANY,
  skew: ['data', 'errors', 'task'],
  task: ANY,
  state: ANY,
  log: ['errors', 'schedule', 'system'],
  checkpoint: ANY,
  receiver: ANY,
  net: ['errors'],
  system: [],
  inspect: ANY,
  replay: ANY,
  backend: ANY,
  api: ANY,
  testing: ANY,
};
/** Folders that `any` does not include. */
const layersOnRequest = ['testing'];

const core = 'packages/core/src/';
const files = sourceFiles('packages', 'bench', 'examples');
const coreFiles = files.filter((file) => file.path.startsWith(core));
const isTest = (path: string): boolean => /\.test(-d)?\.ts$/.test(path) || /^packages\/[^/]+\/test\//.test(path);

test('a workspace imports only the workspaces below it', () => {
  expect(files.flatMap((file) => file.imports.flatMap((each) => wrongWorkspace(file, each)))).toEqual([]);
});

test('a folder of core imports only the folders below it', () => {
  const shipped = coreFiles.filter((file) => !isTest(file.path));
  expect(shipped.flatMap((file) => file.imports.flatMap((each) => wrongLayer(file, each)))).toEqual([]);
});

test('no files of core import one another in a circle', () => {
  expect(findCycles(coreFiles).map((cycle) => cycle.join(' -> '))).toEqual([]);
});

test('the rules find what they forbid', () => {
  const file = (path: string, ...specifiers: string[]): SourceFile => ({
    path,
    code: '',
    imports: specifiers.map((specifier) => ({ specifier, typeOnly: false, dynamic: false, line: 1 })),
  });
  const wrong = (path: string, specifier: string): number => {
    const source = file(path, specifier);
    return [wrongWorkspace, wrongLayer].flatMap((rule) => rule(source, source.imports[0]!)).length;
  };
  expect(wrong('packages/core/src/api/a.ts', '@millrace/sources')).toBe(1);
  expect(wrong('packages/sources/src/a.ts', '@millrace/core/backend')).toBe(0);
  expect(wrong('packages/sources/src/a.ts', '@millrace/backend-single')).toBe(1);
  expect(wrong('packages/sources/src/a.ts', '../../core/src/index.ts')).toBe(1);
  expect(wrong('examples/a.ts', '@millrace/benchmarks')).toBe(1);
  expect(wrong('bench/a.ts', '@millrace/bench-peers')).toBe(1);
  expect(wrong('bench/src/a.ts', '../peers/src/b.ts')).toBe(1);
  expect(wrong('bench/src/a.ts', '../../packages/core/src/b.ts')).toBe(1);
  expect(wrong('bench/src/micro/a.ts', '../../../packages/core/src/b.ts')).toBe(0);
  expect(wrong('bench/src/micro/a.ts', '../../../packages/sources/src/b.ts')).toBe(1);
  expect(wrong('bench/peers/src/a.ts', '../../src/b.ts')).toBe(1);
  expect(wrong('bench/peers/src/a.ts', '@millrace/bench')).toBe(0);
  expect(wrong('packages/core/src/errors/a.ts', '../data/b.ts')).toBe(1);
  expect(wrong('packages/core/src/data/a.ts', '../errors/b.ts')).toBe(0);
  expect(wrong('packages/core/src/data/a.ts', '../api/time.ts')).toBe(1);
  expect(wrong('packages/core/src/api/a.ts', '../testing/index.ts')).toBe(1);
  expect(wrong('packages/core/src/index.ts', './testing/index.ts')).toBe(1);
  expect(findCycles([file('a.ts', './b.ts'), file('b.ts', './c.ts'), file('c.ts', './b.ts')])).toEqual([
    ['b.ts', 'c.ts', 'b.ts'],
  ]);
});

function workspaceOf(path: string): string {
  const [first, second] = path.split('/');
  if (first === 'packages') return second!;
  if (first === 'bench' && second === 'peers') return 'bench-peers';
  // The folder `bench` is a user of the package `@millrace/bench`.
  return first === 'bench' ? 'benchmarks' : first!;
}

function wrongWorkspace(file: SourceFile, { specifier, line }: Import): string[] {
  const here = workspaceOf(file.path);
  const say = (rule: string): string[] => [`${file.path}:${line} imports '${specifier}': ${rule}`];
  if (specifier.startsWith('.')) {
    const target = targetOf(file, specifier);
    if (target.startsWith('tools/') || workspaceOf(target) === here) return [];
    if (file.path.startsWith(measuresCore) && target.startsWith(core)) return [];
    return say('a relative path stays inside its workspace');
  }
  const there = /^@millrace\/([^/]+)/.exec(specifier)?.[1];
  if (there === undefined || there === here) return [];
  if (nobodyImports.includes(there)) return say(`nothing imports ${there}`);
  const allowed = workspaceMayImport[here] ?? ['core'];
  if (allowed === ANY || allowed.includes(there)) return [];
  if (isTest(file.path) && testsMayAlsoImport[here]?.includes(there)) return [];
  return say(`${here} may import ${allowed.join(', ') || 'no other workspace'}`);
}

/** The folder of core that a file is in, or '' for the files directly in src. */
function layerOf(path: string): string {
  const rest = path.slice(core.length);
  return rest.includes('/') ? rest.slice(0, rest.indexOf('/')) : '';
}

function wrongLayer(file: SourceFile, { specifier, line }: Import): string[] {
  if (!specifier.startsWith('.') || !file.path.startsWith(core)) return [];
  const say = (rule: string): string[] => [`${file.path}:${line} imports '${specifier}': ${rule}`];
  const here = layerOf(file.path);
  const there = layerOf(targetOf(file, specifier));
  if (here === there) return [];
  const allowed = here === '' ? ANY : layerMayImport[here];
  if (allowed === undefined) return say(`the folder ${here} is missing in the table of this test`);
  if (allowed === ANY) return layersOnRequest.includes(there) ? say(`only ${there} imports ${there}`) : [];
  return allowed.includes(there) ? [] : say(`${here} may import ${allowed.join(', ') || 'no other folder'}`);
}

function targetOf(file: SourceFile, specifier: string): string {
  return posix.join(posix.dirname(file.path), specifier);
}

/** Circles of imports that remain at run time, each from its first file in the order given back to that file. */
function findCycles(all: readonly SourceFile[]): string[][] {
  const byPath = new Map(all.map((file) => [file.path, file]));
  const done = new Set<string>();
  const trail: string[] = [];
  const cycles: string[][] = [];
  const visit = (file: SourceFile): void => {
    if (done.has(file.path)) return;
    const start = trail.indexOf(file.path);
    if (start >= 0) {
      cycles.push([...trail.slice(start), file.path]);
      return;
    }
    trail.push(file.path);
    for (const each of file.imports) {
      if (each.typeOnly || each.dynamic || !each.specifier.startsWith('.')) continue;
      const next = byPath.get(targetOf(file, each.specifier));
      if (next) visit(next);
    }
    trail.pop();
    done.add(file.path);
  };
  for (const file of all) visit(file);
  return cycles;
}
