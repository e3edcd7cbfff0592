import { exec } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { killAll, Millrace, millrace } from './millrace.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const work = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-new-')));
afterAll(() => rmSync(work, { recursive: true, force: true, maxRetries: 3 }));

afterEach(killAll);

const shell = promisify(exec);

/** Makes the packages of this repository, and their commands, resolvable for a project. */
function install(project: string): void {
  const modules = join(project, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  for (const name of ['@millrace', '@types', 'typescript', 'undici-types'])
    if (existsSync(join(root, 'node_modules', name)))
      symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
  symlinkSync(join(root, 'packages/cli/bin/millrace.mjs'), join(modules, '.bin/millrace'));
  symlinkSync(join(root, 'node_modules/typescript/bin/tsc'), join(modules, '.bin/tsc'));
}

/** Runs a script of a project's package.json, as npm does. */
function script(project: string, name: string, more = '') {
  const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const path = [join(project, 'node_modules/.bin'), dirname(process.execPath), process.env['PATH']].join(delimiter);
  const env: NodeJS.ProcessEnv = { ...process.env, PATH: path, NODE_OPTIONS: '--conditions=@millrace/source' };
  // Set by a test runner around this one, it would change what `node --test` prints.
  delete env['NODE_TEST_CONTEXT'];
  return shell(`${scripts[name]}${more}`, { cwd: project, env });
}

describe('millrace new', () => {
  const project = join(work, 'My Words');

  test('writes a project', async () => {
    const { code, stdout, stderr } = await new Millrace(['new', 'My Words'], { cwd: work }).ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/The project is in My Words\. To run it:\n\n {2}cd "My Words"\n {2}npm install\n/);
    expect(readdirSync(project).sort()).toEqual(
      ['.gitignore', 'README.md', 'job.test.ts', 'job.ts', 'package.json', 'tsconfig.json', 'words.txt'].sort(),
    );
    const { version } = JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8'));
    const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ name: 'my-words', type: 'module', dependencies: { '@millrace/core': version } });
    expect(readFileSync(join(project, 'README.md'), 'utf8')).toMatch(/^# my-words\n/);
    install(project);
  });

  test('its start counts words and ends', async () => {
    const { stdout, stderr } = await script(project, 'start');
    expect(stdout.replace(/Time: \d+ ms/g, 'Time')).toMatch(
      /^-+\nTime\n-+\n\(the,5\)\n\(fox,2\)\n\(dog,2\)\n\(quick,1\)\n\(brown,1\)\n\.\.\.\n\n-+\nTime\n-+\n\(the,8\)\n/,
    );
    expect(stderr).toMatch(/\nmillrace: stopped after \d+ batches, 10 records\n$/);
  });

  test('it runs on threads, with another interval and other params', async () => {
    const { stdout } = await script(
      project,
      'start',
      ' --backend threads --workers 2 --batch 50ms --param linesPerBatch=10',
    );
    expect(stdout).toMatch(/\(the,20\)\n/);
  });

  test('its test passes, and can fail', async () => {
    const { stdout } = await script(project, 'test');
    expect(stdout).toMatch(/pass 2\n/);
    const text = readFileSync(join(project, 'job.ts'), 'utf8');
    writeFileSync(join(project, 'job.ts'), text.replace('a + b', 'a - b'));
    await expect(script(project, 'test')).rejects.toMatchObject({ code: 1, stdout: expect.stringMatching(/fail 2\n/) });
    writeFileSync(join(project, 'job.ts'), text);
  });

  test('its types are right', async () => {
    await script(project, 'check', ' --customConditions @millrace/source');
  });

  test('takes a name, and an empty directory', async () => {
    mkdirSync(join(work, 'empty'));
    expect(await millrace('new', join(work, 'empty'), '--name', '@me/words')).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(join(work, 'empty/package.json'), 'utf8')).name).toBe('@me/words');
  });

  test('leaves a directory alone that is not empty, and what is no directory', async () => {
    const full = join(work, 'full');
    mkdirSync(full);
    writeFileSync(join(full, '.hidden'), 'mine');
    const refused = await millrace('new', full);
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toMatch(
      /error: \[MR_OPTION\] The directory of a new project is ".*full"; it must be empty, and has \.hidden in it\./,
    );
    expect(readdirSync(full)).toEqual(['.hidden']);
    const file = await millrace('new', join(full, '.hidden'));
    expect(file.code).toBe(2);
    expect(file.stderr).toMatch(/must be a directory that can be read \(ENOTDIR\)/);
    expect(readFileSync(join(full, '.hidden'), 'utf8')).toBe('mine');
  });

  test.each([[['new']], [['new', 'x', '--name', 'No Name']]])(
    'a wrong command line is exit code 2: %s',
    async (args) => {
      expect(await millrace(...args)).toMatchObject({ code: 2, stdout: '' });
    },
  );
});

describe('millrace run in a project with another copy of @millrace/core', () => {
  test('is refused', async () => {
    const project = join(work, 'other');
    const core = join(project, 'node_modules/@millrace/core');
    mkdirSync(core, { recursive: true });
    writeFileSync(
      join(core, 'package.json'),
      '{ "name": "@millrace/core", "type": "module", "exports": "./index.js" }',
    );
    writeFileSync(join(core, 'index.js'), 'export const defineJob = () => ({ millraceJob: 1 });');
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(project, 'job.js'), "import { defineJob } from '@millrace/core'; export default defineJob();");
    const { code, stderr } = await millrace('run', join(project, 'job.js'));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /error \[MR_TWO_CORES\]: The job finds @millrace\/core in .*other.*packages.core; .*npx millrace/,
    );
  });
});
