import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { job, killAll, logLines, millrace } from './millrace.ts';

const LETTERED = job('lettered');
const BACKENDS = [['single'], ['threads', '--workers', '2']];
const all = Array.from({ length: 18 }, (_, i) => i);
let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-replay-'));
});
afterEach(() => {
  killAll();
  rmSync(dir, { recursive: true, force: true });
});

/** The numbers that are in the table, and those in the files. */
function results() {
  const db = new DatabaseSync(join(dir, 'out.db'));
  const rows = db.prepare('SELECT n FROM numbers ORDER BY n').all() as { n: number }[];
  db.close();
  const out = join(dir, 'out');
  const files = readdirSync(out)
    .filter((name) => existsSync(join(out, name, '_SUCCESS')))
    .flatMap((name) => readdirSync(join(out, name)).map((part) => join(out, name, part)))
    .flatMap((path) => readFileSync(path, 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map(Number);
  return { rows: rows.map(({ n }) => n), files: files.sort((a, b) => a - b) };
}

function makeTable() {
  const db = new DatabaseSync(join(dir, 'out.db'));
  db.exec('DROP TABLE IF EXISTS numbers; CREATE TABLE numbers (n INTEGER)');
  db.close();
}

/** All that is below the directory of letters. */
function letterFiles(): Record<string, string> {
  const letters = join(dir, 'letters');
  return Object.fromEntries(
    (readdirSync(letters, { recursive: true }) as string[])
      .filter((name) => name.includes('part-'))
      .map((name) => [name, readFileSync(join(letters, name), 'utf8')]),
  );
}

describe.each(BACKENDS)('millrace replay on %s', (...backend) => {
  const params = (strict: boolean | 'parse') => [
    LETTERED,
    '--backend',
    ...backend,
    ...['letters', 'out'].flatMap((name) => ['--param', `${name}=${join(dir, name)}`]),
    '--param',
    `db=${join(dir, 'out.db')}`,
    '--param',
    `strict=${strict}`,
  ];
  const run = (strict: boolean) => millrace('run', ...params(strict), '--max-batches', '8', '--quiet');
  const replay = (letters: string, strict: boolean | 'parse', ...more: string[]) =>
    millrace('replay', ...params(strict), '--letters', join(dir, letters), '--log', 'json', ...more);
  const bad = [1, 4, 7, 9, 13, 14].length;

  test('what was lost gets to files and tables, once, and they are as if nothing had failed', async () => {
    makeTable();
    const perfect = await run(false);
    expect(perfect.code, perfect.stderr).toBe(0);
    const wanted = results();
    expect(wanted).toEqual({ rows: all, files: all });
    rmSync(join(dir, 'out'), { recursive: true });
    rmSync(join(dir, 'out.db'));

    makeTable();
    const lossy = await run(true);
    expect(lossy.code, lossy.stderr).toBe(0);
    const before = results();
    const lost = all.length - before.rows.length;
    expect(lost).toBeGreaterThanOrEqual(bad);
    expect(before.files).toEqual(before.rows);
    const letters = letterFiles();

    // Not mended yet: they fail again, into other files.
    const again = await replay('letters', true);
    expect(again.code).toBe(1);
    expect(logLines(again).at(-1)).toMatchObject({
      event: 'replayed',
      letters: lost,
      replayed: lost,
      failedAgain: lost,
      exitCode: 1,
    });
    expect(letterFiles()).toMatchObject(letters);
    expect(Object.keys(letterFiles()).length).toBe(2 * Object.keys(letters).length);
    expect(results()).toEqual(before);

    // What is left to do is what failed in the replay: rows of the first ones are none, and have their receipts.
    const part = Object.keys(letters)[0] as string;
    const used = await replay(join('letters', part), false);
    expect([used.code, used.stderr]).toEqual([2, expect.stringContaining('[MR_LETTERS_REPLAYED]')]);
    expect(results()).toEqual(before);
    // Of the directory of all batches that is what is read; with --again a second time, by when it is written already.
    const left = readdirSync(join(dir, 'letters')).filter((name) => name.includes('replay'));
    for (const more of [[], ['--again']]) {
      const mended = await replay(more.length === 0 ? 'letters' : join('letters', left[0] as string), false, ...more);
      expect(mended.code, mended.stderr).toBe(0);
      const sums = logLines(mended).at(-1);
      expect(sums).toMatchObject({ failedAgain: 0, withoutRecord: 0 });
      if (more.length === 0) expect(sums).toMatchObject({ letters: lost, replayed: lost });
      expect(results()).toEqual(wanted);
    }
    // What went through is not replayed any more, also by a program that would fail: its letters would be of records that are written.
    const done = letterFiles();
    const nothing = await replay('letters', true);
    expect(nothing.code, nothing.stderr).toBe(0);
    expect(nothing.stderr).toContain('left out since all went through: letters-');
    expect(logLines(nothing).at(-1)).toMatchObject({ letters: 0, exitCode: 0 });
    const refused = await replay(join('letters', left[0] as string), true);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('[MR_LETTERS_REPLAYED]')]);
    expect(letterFiles()).toEqual(done);
    expect(results()).toEqual(wanted);
  });

  test('letters of a batch that has not completed wait until it has', async () => {
    makeTable();
    await run(true);
    const before = results();
    const [first] = readdirSync(join(dir, 'letters')).sort() as [string];
    rmSync(join(dir, 'letters', first, '_SUCCESS'));
    for (const path of [join('letters', first), join('letters', first, 'part-00000')]) {
      const refused = await replay(path, false);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('has not completed')]);
    }
    expect(results()).toEqual(before);
    const others = await replay('letters', false);
    expect(others.code, others.stderr).toBe(0);
    expect(others.stderr).toContain(`since their batch has not completed: ${first}.`);
    writeFileSync(join(dir, 'letters', first, '_SUCCESS'), '');
    await replay('letters', false);
    expect(results()).toEqual({ rows: all, files: all });
  });

  test('mended in two steps, each record is written once', async () => {
    makeTable();
    await run(true);
    const lost = all.length - results().rows.length;
    const half = logLines(await replay('letters', 'parse')).at(-1);
    expect(half).toMatchObject({ letters: lost, replayed: lost, exitCode: 1 });
    const left = half?.['failedAgain'] as number;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(lost);
    expect(results().rows.length).toBe(all.length - left);
    const rest = await replay('letters', false);
    expect(rest.stderr).toContain('Replayed before, and replaced by what failed again: letters-');
    expect(logLines(rest).at(-1)).toMatchObject({ letters: expect.any(Number), failedAgain: 0, exitCode: 0 });
    expect(results()).toEqual({ rows: all, files: all });
  });

  test('one batch, one output, and letters that a replay has left', async () => {
    makeTable();
    await run(true);
    const before = results();
    const [first] = readdirSync(join(dir, 'letters')).sort() as [string];
    const some = Object.values(letterFiles())[0]?.trimEnd().split('\n').length as number;
    const rows = await replay(join('letters', first), false, '--output', 'rows');
    expect(rows.code, rows.stderr).toBe(0);
    expect(results().files).toEqual(before.files);
    expect(results().rows.length).toBe(before.rows.length + some);
    await replay(join('letters', first, 'part-00000'), true, '--output', 'files');
    const again = await replay(join('letters', first), false, '--output', 'rows', '--again');
    expect(again.code, again.stderr).toBe(0);
    expect(results().rows.length).toBe(before.rows.length + some);
    const left = readdirSync(join(dir, 'letters')).find((name) => name.includes('replay')) as string;
    const last = await replay(join('letters', left), false, '--output', 'files');
    expect(last.code, last.stderr).toBe(0);
    expect(results().files.length).toBe(before.files.length + some);
  });
});

describe('millrace replay', () => {
  const args = (...more: string[]) => [
    LETTERED,
    ...['letters', 'out'].flatMap((name) => ['--param', `${name}=${join(dir, name)}`]),
    '--param',
    `db=${join(dir, 'out.db')}`,
    ...more,
  ];
  const lossy = async () => {
    makeTable();
    const ended = await millrace('run', ...args('--param', 'strict=true'), '--max-batches', '8', '--quiet');
    expect(ended.code, ended.stderr).toBe(0);
    // All in one file.
    const lines = Object.values(letterFiles()).join('');
    const file = join(dir, 'all.jsonl');
    writeFileSync(file, lines);
    return { file, lines };
  };
  const replay = (file: string, ...more: string[]) =>
    millrace('replay', ...args('--param', 'strict=false'), '--letters', file, ...more);

  test('a last line that is torn is left out with a warning; one in the middle is an error', async () => {
    const { file, lines } = await lossy();
    writeFileSync(file, lines.slice(0, -20));
    const torn = await replay(file);
    expect(torn.code, torn.stderr).toBe(0);
    expect(torn.stderr).toContain(`warning: Left out is a last line that was not written to its end: ${file}.`);
    const count = lines.trimEnd().split('\n').length;
    expect(torn.stderr).toContain(`millrace: ${count - 1} letters read, ${count - 1} replayed, 0 failed again\n`);
    for (const text of [`{"no":\n${lines}`, `${lines}{"no":\n`, `${lines.trimEnd()}\n[]\n`]) {
      writeFileSync(file, text);
      const refused = await replay(file);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('[MR_LETTERS]');
    }
  });

  test('letters without their record, of unknown operators, of another job', async () => {
    const { file, lines } = await lossy();
    const [first, ...rest] = lines.trimEnd().split('\n') as [string, ...string[]];
    const changed = (change: object) => `${JSON.stringify({ ...JSON.parse(first), checksum: undefined, ...change })}\n`;
    writeFileSync(file, `${changed({ encoded: false, bytes: null })}${rest.join('\n')}`);
    const without = await replay(file);
    expect(without.code).toBe(1);
    expect(without.stderr).toMatch(/\d+ replayed, 0 failed again, 1 without their record\n/);
    writeFileSync(file, changed({ operator: 'gone' }) + changed({ operator: 'away' }));
    const unknown = await replay(file);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toMatch(/\[MR_REPLAY_OPERATOR\].*gone, away\. It has lines/);
    writeFileSync(file, changed({ job: 'older' }));
    const renamed = await replay(file);
    expect([renamed.code, renamed.stderr]).toEqual([0, expect.stringContaining('letters are of the job older')]);
  });

  test('an output with state is refused, the others can be chosen', async () => {
    const { file } = await lossy();
    const before = results();
    const refused = await replay(file, '--param', 'totals=true');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/\[MR_REPLAY_REFUSED\][\s\S]*sums \(updateStateByKey\): it has state/);
    expect(results()).toEqual(before);
    const chosen = await replay(file, '--param', 'totals=true', '--output', 'rows', '--output', 'files');
    expect(chosen.code, chosen.stderr).toBe(0);
    expect(results()).toEqual({ rows: all, files: all });
  });

  test('wrong command lines', async () => {
    const { file } = await lossy();
    cpSync(file, join(dir, 'copy.jsonl'));
    for (const more of [
      ['--letters', join(dir, 'none')],
      ['--letters', join(dir, 'out')],
      ['--output', 'lines'],
      ['--checkpoint', dir],
      ['--conf', 'checkpoint=x'],
      ['--workers', '2'],
    ]) {
      const ended = await replay(file, ...more);
      expect(ended.code, `${more.join(' ')}: ${ended.stderr}`).toBe(2);
    }
    expect((await millrace('replay', LETTERED)).code).toBe(2);
  });

  test('nothing to replay is no failure', async () => {
    writeFileSync(join(dir, 'empty'), '');
    const ended = await replay(join(dir, 'empty'));
    expect([ended.code, ended.stderr]).toEqual([0, 'millrace: 0 letters read, 0 replayed, 0 failed again\n']);
  });
});
