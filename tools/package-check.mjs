// Packs every package that is published, installs the packed files into an empty project and uses them there.
// usage: npm run build && npm run package-check [-- --keep]
import './require-node.mjs';
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const root = fileURLToPath(new URL('..', import.meta.url));
const consumers = join(root, 'tools', 'consumers');
const programTimeout = 60_000;
const installTimeout = 300_000;

let passed = 0;
let failed = 0;

const work = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-package-check-')));
const project = join(work, 'project');
try {
  const packages = publishedPackages();
  for (const each of packages) await check(`${each.name}: packs`, () => pack(each));
  for (const each of packages) await check(`${each.name}: publint`, () => lint(each));
  for (const each of packages) await check(`${each.name}: contents`, () => contents(each));
  const installed = await check('all packages install together into an empty project', () => install(packages));
  if (installed) {
    for (const each of packages) {
      for (const entry of entriesOf(each)) await check(`${entry}: imports`, () => importsAlone(entry));
    }
  }
  const uses = [
    ['the quick start of README.md prints what it says', quickStart],
    ['consumer: JavaScript compiled by tsc', compiledConsumer],
    ['consumer: TypeScript that Node strips', strippedConsumer],
    ['consumer: TypeScript through tsx', tsxConsumer],
    ['consumer: main program bundled by esbuild', bundledConsumer],
    ['consumer: CommonJS that imports dynamically', commonjsConsumer],
    ['the project that `millrace new` writes runs, and its test passes', newProject],
  ];
  for (const [name, use] of uses) {
    await check(name, () => {
      if (!installed) throw new Error('not run: the packages did not install');
      return use();
    });
  }
} finally {
  if (process.argv.includes('--keep')) console.log(`kept: ${work}`);
  else rmSync(work, { recursive: true, force: true, maxRetries: 3 });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

async function check(name, run) {
  try {
    await run();
    passed++;
    console.log(`pass  ${name}`);
    return true;
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}\n${String(error.message).replace(/^/gm, '      ')}`);
    return false;
  }
}

function publishedPackages() {
  return readdirSync(join(root, 'packages'))
    .map((folder) => join(root, 'packages', folder))
    .filter((directory) => existsSync(join(directory, 'package.json')))
    .map((directory) => ({ directory, manifest: JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => !manifest.private)
    .map(({ directory, manifest }) => ({ name: manifest.name, directory, manifest, tarball: '', files: [] }));
}

function entriesOf({ name, manifest }) {
  return Object.entries(manifest.exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([key]) => name + key.slice(1));
}

async function pack(each) {
  if (!existsSync(join(each.directory, 'dist'))) throw new Error('there is no dist: run `npm run build` first');
  const output = await npm(['pack', each.directory, '--pack-destination', work, '--json', '--ignore-scripts'], root);
  const packed = JSON.parse(output);
  const [result] = Array.isArray(packed) ? packed : Object.values(packed);
  each.tarball = join(work, result.filename);
  each.files = result.files.map((file) => file.path);
}

async function lint(each) {
  if (!each.tarball) throw new Error('not run: it was not packed');
  const bytes = readFileSync(each.tarball);
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages } = await publint({ pack: { tarball }, level: 'warning', strict: true });
  if (messages.length > 0) {
    throw new Error(messages.map((message) => formatMessage(message, each.manifest, { color: false })).join('\n'));
  }
}

function contents(each) {
  if (!each.tarball) throw new Error('not run: it was not packed');
  const wrong = [];
  for (const file of ['package.json', 'README.md', 'LICENSE']) {
    if (!each.files.includes(file)) wrong.push(`${file} is missing`);
  }
  for (const file of each.files) {
    const built = /^dist\/(.+?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(file);
    if (built && !existsSync(join(each.directory, 'src', `${built[1]}.ts`)))
      wrong.push(`${file} has no source any more`);
    // A command, what it copies and what describes its results are part of the package as they are.
    if (/^(?:bin\/[\w-]+\.mjs|template\/[\w.-]+|schema\.json)$/.test(file)) continue;
    if (/\.test(-d)?\./.test(file)) wrong.push(`${file} is a test`);
    if (!/^(?:dist\/.*|package\.json|README\.md|LICENSE)$/.test(file))
      wrong.push(`${file} does not belong in a package`);
  }
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}

async function install(packages) {
  if (packages.some((each) => !each.tarball)) throw new Error('not run: not every package was packed');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }\n');
  const tarballs = packages.map((each) => each.tarball);
  await npm(['install', ...tarballs, '--ignore-scripts', '--no-audit', '--no-fund'], project, installTimeout);
}

function importsAlone(entry) {
  return node(['--input-type=module', '--eval', `await import(${JSON.stringify(entry)})`], project);
}

async function quickStart() {
  const readme = join(root, 'README.md');
  if (!existsSync(readme)) throw new Error('there is no README.md');
  const { files, main, expected } = readQuickStart(readFileSync(readme, 'utf8'));
  const directory = join(project, 'quick-start');
  mkdirSync(directory);
  writeFileSync(join(directory, 'package.json'), '{ "name": "quick-start", "private": true, "type": "module" }\n');
  for (const [name, text] of files) writeFileSync(join(directory, name), text);
  same(await node([main], directory), expected);
}

/**
 * The ```ts blocks between the heading and the next ```text block. A block that begins with a comment such as `// job.ts`
 * is the file of that name; the last block is the program to run, and the ```text block is what it prints.
 */
function readQuickStart(markdown) {
  const section = /^## Quick start[ \t]*$([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(markdown)?.[1];
  if (section === undefined) throw new Error('README.md has no heading "## Quick start"');
  const files = new Map();
  let main;
  for (const [, language, text] of section.matchAll(/^```(\w*)[^\n]*\n([\s\S]*?)^```[ \t]*$/gm)) {
    if (language === 'text' && main) return { files, main, expected: text };
    if (language !== 'ts') continue;
    main = /^\/\/ ([\w-]+\.ts)\n/.exec(text)?.[1] ?? 'quick-start.ts';
    files.set(main, text);
  }
  throw new Error('the section "Quick start" of README.md needs a ```ts block and after it a ```text block');
}

async function compiledConsumer() {
  const directory = consumer('tsc');
  await typescript(directory);
  await printsCounts([join('out', 'main.js')], directory);
}

async function strippedConsumer() {
  const directory = consumer('strip');
  await typescript(directory);
  await printsCounts(['main.ts'], directory);
}

function tsxConsumer() {
  return printsCounts([fileURLToPath(import.meta.resolve('tsx/cli')), 'main.ts'], consumer('tsx'));
}

async function bundledConsumer() {
  const directory = consumer('esbuild');
  await build({
    absWorkingDir: directory,
    entryPoints: ['main.ts'],
    outfile: 'bundle.js',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    packages: 'external',
    logLevel: 'silent',
  });
  for (const file of ['main.ts', 'words.ts']) rmSync(join(directory, file));
  await printsCounts(['bundle.js'], directory);
}

function commonjsConsumer() {
  return printsCounts(['main.js'], consumer('commonjs'));
}

/** Its scripts find the command and the packages that are installed around it, as they would their own. */
async function newProject() {
  const directory = join(project, 'consumers', 'new');
  await npm(['exec', '--', 'millrace', 'new', directory], project);
  const printed = await npm(['start', '--silent'], directory);
  for (const count of ['(the,5)', '(the,8)', '(the,2)'])
    if (!printed.includes(`\n${count}\n`)) throw new Error(`\`npm start\` did not print ${count} but\n${printed}`);
  await npm(['test', '--silent'], directory);
  await typescript(directory);
}

/** Copies a consumer into the project, where the installed packages are found, and returns its folder. */
function consumer(name) {
  const directory = join(project, 'consumers', name);
  cpSync(join(consumers, name), directory, { recursive: true });
  return directory;
}

async function printsCounts(args, directory) {
  same(await node(args, directory), readFileSync(join(consumers, 'expected.txt'), 'utf8'));
}

function typescript(directory) {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const types = join(root, 'node_modules', '@types');
  return node([compiler, '-p', '.', '--typeRoots', types, '--types', 'node', '--pretty', 'false'], directory);
}

function same(printed, expected) {
  const tidy = (text) => text.replace(/\r\n/g, '\n').trimEnd();
  if (tidy(printed) !== tidy(expected)) {
    throw new Error(`it printed\n${tidy(printed)}\ninstead of\n${tidy(expected)}`);
  }
}

function node(args, cwd) {
  return run(process.execPath, args, cwd, programTimeout);
}

function npm(args, cwd, timeout = programTimeout) {
  const script = process.env.npm_execpath;
  if (script) return run(process.execPath, [script, ...args], cwd, timeout);
  return run('npm', args, cwd, timeout, process.platform === 'win32');
}

/** What the program wrote to its standard output; rejects with all it wrote when it fails or takes too long. */
function run(command, args, cwd, timeout, shell = false) {
  const env = { ...process.env };
  for (const name of ['NODE_OPTIONS', 'npm_config_local_prefix', 'npm_config_workspace']) delete env[name];
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeout);
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) return resolve(stdout);
      const why = late
        ? `still running after ${timeout / 1000} s`
        : signal
          ? `ended by ${signal}`
          : `exit code ${code}`;
      reject(new Error([why, stdout.trimEnd(), stderr.trimEnd()].filter(Boolean).join('\n').slice(-6000)));
    });
  });
}
