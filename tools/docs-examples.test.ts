import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declaredNames, type Example, examplesOf, pages, programsOf, root, splitImports } from './docs-examples.ts';
import { sourceFiles } from './source-files.ts';

/*
 * Code in documentation is compiled, and it runs:
 * - A ```ts block of a page that is followed by a ```text block is a whole program: it prints exactly that.
 * - All other blocks, and the @examples of docstrings, may use names of the entry points without importing them, and a few
 *   streams that everybody knows (`scene` below). They are compiled.
 * - @examples that need nothing else run as well, with their streams attached to an output, for three batches. A line such
 *   as `clock.now(); // 250` is an assertion.
 */

const work = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-docs-')));
const condition = '--conditions=@millrace/source';

/** What examples may use without saying where it comes from. The streams belong to a context whose clock stands still. */
const scene: readonly (readonly [name: string, type: string, value: string])[] = [
  ['clock', 'ManualClock', 'new ManualClock()'],
  [
    'ssc',
    'StreamingContext',
    "new StreamingContext(inlineBackend(), seconds(1), { clock, name: 'examples', warn: () => {} })",
  ],
  ['lines', 'DStream<string>', "new TestSource(ssc, [['to be or not to be'], ['1', 'x']])"],
  ['words', 'DStream<string>', "new TestSource(ssc, [['to', 'be'], ['or', 'not', 'to']])"],
  ['numbers', 'DStream<number>', 'new TestSource(ssc, [[1, 2, 3], [4]])'],
  ['pairs', 'DStream<[string, number]>', "new TestSource(ssc, [[['a', 1], ['b', 2]], [['a', 3]]])"],
  ['counts', 'DStream<[string, number]>', "new TestSource(ssc, [[['a', 1], ['b', 2]], [['a', 3]]])"],
  ['delays', 'DStream<[string, number]>', "new TestSource(ssc, [[['SEA', 5], ['SFO', 7]], []])"],
  ['amounts', 'DStream<[string, number]>', "new TestSource(ssc, [[['EUR', 5]], [['USD', 1]]])"],
  ['scores', 'DStream<number>', 'new TestSource(ssc, [[3, 1, 2, 5], []])'],
  ['events', 'DStream<string>', "new TestSource(ssc, [['login'], ['click', 'click']])"],
  ['flights', 'DStream<{ origin: string; delay: number }>', "new TestSource(ssc, [[{ origin: 'SEA', delay: 3 }]])"],
];

/** What examples may use besides, without a value: they are compiled and not run. */
const declarations = `
declare const socket: AsyncIterable<string>;
interface Price { symbol: string; amount: number }
declare const options: { readonly linesPerBatch?: number };
declare const endpoint: URL;
declare const intake: { open(puller: object): void };
declare function rows(): AsyncIterable<unknown>;
declare function describe(name: string, body: () => void): void;
declare function it(name: string, body: () => Promise<void>): void;
declare function myBackend(): import('@millrace/core').ExecutionBackend;
declare function myKafka(): import('@millrace/kafka/testing').KafkaPortUnderTest;
declare const kafkaPort: import('@millrace/kafka').KafkaPort;
declare function mySourceWithServer(): import('@millrace/core/testing').SourceUnderTest<string>;
`;
const placeholders = new Set(
  Array.from(declarations.matchAll(/^declare (?:const|function) (\w+)/gm), ([, name]) => name!),
);
/** Not job modules, not what reads from the outside, not what needs a placeholder. */
const runsAlone = ({ code }: Example): boolean => {
  const declared = declaredNames(code);
  const missing = usedNames(code).filter((name) => placeholders.has(name) && !declared.has(name));
  return (
    missing.length === 0 &&
    !/export default|loadJob|from 'vitest'|process\.stdin|'\.?\/|statFiles|\/var\/lib|dies at its/.test(code)
  );
};

const programs = pages().flatMap((path) => programsOf(path));
const docstrings = sourceFiles('packages')
  .filter(({ path }) => /^packages\/[^/]+\/src\//.test(path) && !/\.test(-d)?\.ts$/.test(path))
  .flatMap(({ path }) => examplesOf(path));

interface Exported {
  readonly from: string;
  readonly type: boolean;
}

/** Names of entry points, so that examples need not import them. */
const exported = new Map<string, Exported>();

beforeAll(async () => {
  symlinkSync(join(root, 'node_modules'), join(work, 'node_modules'), 'junction');
  writeFileSync(join(work, 'package.json'), '{ "type": "module" }\n');
  symlinkSync(root, join(work, 'repository'), 'junction');
  // The main entry comes last and wins.
  for (const [from, entry] of entryPoints().reverse()) {
    const values = Object.keys(await import(`../${entry}`));
    const text = readFileSync(join(root, entry), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    const types = [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list]) => list!.match(/\w+/g) ?? []);
    for (const name of [...types.filter((n) => n !== 'type'), ...values])
      exported.set(name, { from, type: !values.includes(name) });
  }
});

afterAll(() => rmSync(work, { recursive: true, force: true, maxRetries: 3 }));

test('there are examples', () => {
  expect(programs.filter((p) => p.output !== null).length).toBeGreaterThan(3);
  expect(docstrings.length).toBeGreaterThan(20);
});

test('all examples compile', { timeout: 60_000 }, async () => {
  const directory = join(work, 'compile');
  mkdirSync(directory);
  symlinkSync(root, join(directory, 'repository'), 'junction');
  const origins = new Map<string, { readonly example: Example; readonly offset: number }>();
  const write = (file: string, example: Example, complete: boolean) => {
    const header = complete ? '' : `${missingImports(example)}export {};\n`;
    mkdirSync(join(directory, file, '..'), { recursive: true });
    writeFileSync(join(directory, file), header + example.code);
    origins.set(file, { example, offset: header.split('\n').length - 1 });
  };
  programs.forEach(({ files, output }, i) => {
    for (const { name, example } of files) write(`page-${i}/${name}`, example, output !== null || files.length > 1);
  });
  for (const [i, example] of docstrings.entries()) write(`docstrings/example-${i}.ts`, example, false);
  const job = programs.flatMap((p) => p.files).find((f) => f.name === 'job.ts');
  if (job !== undefined) writeFileSync(join(directory, 'docstrings/job.ts'), job.example.code);
  const types = [...new Set(scene.flatMap(([, type]) => type.match(/[A-Z]\w+/g) ?? []))];
  writeFileSync(
    join(directory, 'scene.d.ts'),
    `${types.map((t) => `type ${t}${t === 'DStream' ? '<T>' : ''} = import('${exported.get(t)!.from}').${t}${t === 'DStream' ? '<T>' : ''};`).join('\n')}
${scene.map(([name, type]) => `declare const ${name}: ${type};`).join('\n')}${declarations}`,
  );
  const compilerOptions = {
    target: 'es2024',
    lib: ['es2025', 'esnext.disposable'],
    types: ['node'],
    module: 'nodenext',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    allowImportingTsExtensions: true,
    customConditions: ['@millrace/source'],
  };
  writeFileSync(
    join(directory, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['**/*.ts'], exclude: ['repository'] }),
  );
  const { printed } = await node(
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.', '--pretty', 'false'],
    directory,
  );
  const wrong = printed.split('\n').flatMap((line) => {
    const [, file, at, message] = /^([^(]+)\((\d+),\d+\): (.*)$/.exec(line) ?? [];
    const origin = origins.get(file ?? '');
    // Errors in packages are the concern of `npm run typecheck`; lines without a place are continuations or tsc's own.
    if (origin === undefined) return /^(?:error|tsconfig|scene)/.test(line) ? [line] : [];
    return [`${origin.example.path}:${origin.example.line + Number(at) - origin.offset - 1} ${message}`];
  });
  expect(wrong).toEqual([]);
});

describe('programs print what the page says', { concurrent: true }, () => {
  const complete = programs.filter((p) => p.output !== null);
  for (const [i, { files, output }] of complete.entries()) {
    const { name, example } = files[files.length - 1]!;
    test(`${example.path}:${example.line}`, { timeout: 30_000 }, async () => {
      const directory = join(work, `run-${i}`);
      mkdirSync(directory);
      for (const file of files) writeFileSync(join(directory, file.name), file.example.code);
      const { printed, complaints, code } = await node([condition, name], directory);
      expect(printed, complaints).toBe(output!.trimEnd());
      expect(code, complaints).toBe(0);
    });
  }
});

test('docstring examples run', { timeout: 60_000 }, async () => {
  const directory = join(work, 'docstrings');
  mkdirSync(directory);
  const names: string[] = [];
  docstrings.forEach((example, i) => {
    if (!runsAlone(example)) return;
    names.push(`example-${i}.ts`);
    writeFileSync(join(directory, `example-${i}.ts`), runnable(example));
  });
  expect(names.length).toBeGreaterThan(15);
  writeFileSync(
    join(directory, 'all.ts'),
    `process.stdout.write = () => true;
const failed = [];
for (const name of ${JSON.stringify(names)}) {
  await import('./' + name).catch((e) => failed.push(name + ': ' + (e.stack ?? e)));
}
process.stderr.write(failed.join('\\n'));
process.exit(failed.length);`,
  );
  const { complaints, code } = await node([condition, 'all.ts'], directory);
  const where = complaints.replace(
    /example-(\d+)\.ts(?!\d)/g,
    (_, i) => `${docstrings[Number(i)]!.path}:${docstrings[Number(i)]!.line}`,
  );
  expect({ where, code }).toEqual({ where: '', code: 0 });
});

/** The scene of an example: without what it calls as a function, for then something else of that name is meant. */
function sceneOf(code: string): typeof scene {
  return scene.filter(([name]) => !new RegExp(`(?<![.\\w])${name}\\(`).test(code));
}

/** An example in the scene, with all its streams computed for three batches. */
function runnable(example: Example): string {
  const { imports, body } = splitImports(example.code);
  const checked = body.replace(/^([^\n;]+); \/\/ (.+)$/gm, (line, expression: string, comment: string) =>
    isLiteral(comment) && !/^(?:const|let|await)\b/.test(expression) ? `$same(${expression}, ${comment});` : line,
  );
  return `${imports}${missingImports(example, ['inlineBackend', 'ManualClock', 'runBatches', 'seconds', 'StreamingContext', 'TestSource'])}
import { deepStrictEqual as $same } from 'node:assert';
${sceneOf(example.code)
  .map(([name, , value]) => `const ${name} = ${value};`)
  .join('\n')}
{
${checked}
}
const inputs = new Set(ssc.plan.nodes.flatMap((node) => node.inputs));
if (ssc.getState() === 'INITIALIZED') {
  for (const node of ssc.plan.nodes) if (!inputs.has(node)) ssc.streamOf(node).foreachRDD(async (rdd) => void (await rdd.collect()));
  await ssc.start();
}
await runBatches(ssc, clock, 3);
await ssc.stop();
await ssc.awaitTermination();
`;
}

function isLiteral(text: string): boolean {
  return /^(?:-?[\d_.]+|true|false|null|'[^']*'|\[.*\])$/.test(text);
}

/** Names in a piece of code that are not names of members; strings count as well, which does no harm. */
function usedNames(code: string): string[] {
  return (
    code
      .replace(/\/\/.*$/gm, '')
      .replace(/(?<!\.)\.\w+/g, '')
      .match(/\b[A-Za-z]\w*\b/g) ?? []
  );
}

/** Specifier and file of each entry point of the packages, that of core first. */
function entryPoints(): [specifier: string, path: string][] {
  return ['core', 'backend-single', 'backend-threads', 'sources', 'sinks'].flatMap((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'));
    return Object.entries<{ '@millrace/source'?: string }>(manifest.exports).flatMap(
      ([key, target]): [string, string][] => {
        const file = target['@millrace/source'];
        return file === undefined ? [] : [[manifest.name + key.slice(1), `packages/${folder}/${file.slice(2)}`]];
      },
    );
  });
}

/** What the files of an example's own package export, its own file's names first: examples of what is internal. */
function ownExports(path: string): Map<string, Exported> {
  const found = new Map<string, Exported>();
  const folder = path.split('/').slice(0, 2).join('/');
  const files = sourceFiles(folder).filter(
    (f) => f.path.startsWith(`${folder}/src/`) && !/\.test(-d)?\.ts$/.test(f.path),
  );
  for (const file of [...files.filter((f) => f.path === path), ...files]) {
    for (const [, kind, name] of file.code.matchAll(
      /^export (?:abstract )?(?:async )?(class|function|const|interface|type)\*? (\w+)/gm,
    )) {
      const type = kind === 'interface' || kind === 'type';
      if (!found.has(name!)) found.set(name!, { from: `../repository/${file.path}`, type });
    }
  }
  return found;
}

/** Imports of the names that an example uses and neither imports nor declares. */
function missingImports({ code, path }: Example, also: readonly string[] = []): string {
  const declared = declaredNames(code);
  const given = new Set([...placeholders, ...sceneOf(code).map(([name]) => name)]);
  const own = path.endsWith('.ts') ? ownExports(path) : null;
  const lines: string[] = [];
  for (const name of new Set([...usedNames(code), ...also])) {
    const found = exported.get(name) ?? own?.get(name);
    if (found === undefined || declared.has(name) || given.has(name)) continue;
    lines.push(`import { ${found.type ? 'type ' : ''}${name} } from '${found.from}';\n`);
  }
  return lines.join('');
}

/** What Node wrote to its two outputs, and how it ended. */
function node(
  args: readonly string[],
  cwd: string,
): Promise<{ printed: string; complaints: string; code: number | null }> {
  const env = { ...process.env };
  delete env['NODE_OPTIONS'];
  const tidy = (text: string) =>
    text
      .replace(/\r\n/g, '\n')
      .replaceAll(work + sep, '')
      .trimEnd();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000 });
    let printed = '';
    let complaints = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      printed += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      complaints += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ printed: tidy(printed), complaints: tidy(complaints), code }));
  });
}
