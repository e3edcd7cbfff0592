import { readFileSync } from 'node:fs';
import { type Report, type RunObserver, runBench } from '@millrace/bench';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';

const WORDS = new URL('./fixtures/words.bench.ts', import.meta.url);
const schema = JSON.parse(readFileSync(new URL('../schema.json', import.meta.url), 'utf8'));
// Times are formatted by Date itself.
const ajv = new Ajv2020({ allErrors: true, formats: { 'date-time': true } });

/** What an observer has heard. */
function listening() {
  const heard: string[] = [];
  const observer: RunObserver = {
    begin: (suites, done) => void heard.push(`begin ${suites.length} after ${done}`),
    suiteBegun: ({ id }) => void heard.push(`begun ${id}`),
    suiteEnded: ({ id }, report, failure) =>
      void heard.push(`ended ${id} ${report.suites.length} ${failure ?? 'well'}`),
  };
  return { heard, observer };
}

const run = (only: readonly string[], more: Parameters<typeof runBench>[1] = {}) =>
  runBench(WORDS, { only, quick: true, ...more });

it('runs each workload with each measure, by itself, and reports what the schema describes', async () => {
  const { heard, observer } = listening();
  const report = await run(['words.letters=3', 'plain.latency', 'split'], { observer });
  expect(heard[0]).toBe('begin 5 after 0');
  expect(report.suites.map(({ id }) => id)).toEqual([
    'words.letters=3.throughput',
    'words.letters=3.latency-2000-10ms',
    'words.letters=3.cost',
    'plain.latency-2000-10ms',
    'split',
  ]);
  expect(report.complete).toBe(true);
  const row = (suite: string, contender: string) =>
    report.rows.find((each) => each.suite === suite && each.contender === contender);
  expect(row('words.letters=3.throughput', 'hand-written loop')).toMatchObject({ unit: 'lines/s', runs: 5 });
  expect(row('words.letters=3.throughput', 'single')?.samples).toHaveLength(5);
  expect(row('plain.latency-2000-10ms', 'single: p50')?.histogram).toMatch(/^HIST/);
  expect(report.rows.filter(({ suite }) => suite.endsWith('cost')).map(({ metric }) => metric)).toContain(
    'tasks of a batch',
  );
  expect(row('split', 'split')?.unit).toBe('ns');
  const text = JSON.parse(JSON.stringify(report)) as Report;
  ajv.validate(schema, text);
  expect(ajv.errors).toBeNull();
  expect(ajv.validate(schema, { ...text, surprise: 1 })).toBe(false);
}, 120_000);

it('times nothing whose output is not that of the reference, and goes on with the other suites', async () => {
  const { heard, observer } = listening();
  const report = await run(['wrong.throughput', 'split'], { observer });
  expect(heard[2]).toMatch(/^ended wrong.throughput 1 OutputDiffers: batch 0/);
  expect(heard.at(-1)).toBe('ended split 2 well');
  expect(report.suites[0]?.failure).toMatch(/^OutputDiffers: batch 0: single delivered 12 records, the loop 1;/);
  expect(report.rows.every(({ suite }) => suite === 'split')).toBe(true);
}, 120_000);

it('says of a workload without a reference that nothing says what is right, and that a job delivered nothing', async () => {
  const { rows } = await run(['silent', 'plain.throughput', 'words.letters=1.throughput']);
  const notes = Object.groupBy(rows, ({ suite }) => suite);
  expect(notes['silent.throughput']?.map(({ note }) => note)).toEqual([
    'delivered no record; output compared with nothing',
  ]);
  expect(notes['plain.throughput']?.map(({ note }) => note)).toEqual(['output compared with nothing']);
  expect(notes['words.letters=1.throughput']?.every(({ note }) => note === undefined)).toBe(true);
}, 120_000);

it('goes on with what is done, and tries again what failed', async () => {
  const first = await run(['split', 'wrong.throughput']);
  const { heard, observer } = listening();
  const second = await run(['split', 'wrong.throughput'], { resume: first, observer });
  expect(heard.slice(0, 2)).toEqual(['begin 1 after 1', 'begun wrong.throughput']);
  expect(second.rows).toEqual(first.rows);
  expect(second.suites).toHaveLength(2);
}, 120_000);

it('keeps heat maps, also where another run goes on', async () => {
  const first = await run(['cells']);
  expect(first.heatMaps?.map(({ title, maps }) => [title, maps[0]?.cells])).toEqual([['Cells', [[1, null]]]]);
  const second = await run(['cells', 'split'], { resume: first });
  expect(second.heatMaps).toEqual(first.heatMaps);
  const text = JSON.parse(JSON.stringify(second)) as Report;
  ajv.validate(schema, text);
  expect(ajv.errors).toBeNull();
}, 120_000);

it('goes on with nothing that was measured otherwise, elsewhere, or of other code', async () => {
  const first = await run(['split']);
  for (const [other, message] of [
    [{ commit: 'another' }, 'the commit is another'],
    [{ changes: 'another' }, /the hash of what no commit has .* is another/],
    [{ file: 'other.bench.ts' }, 'the bench file is other.bench.ts'],
    [{ engine: '0.0.1' }, 'the version of @millrace/core is 0.0.1'],
    [{ harness: '0.0.1' }, 'the version of @millrace/bench is 0.0.1'],
    [{ cpus: 1000 }, 'the number of processors is 1000'],
    [{ memoryGb: 1 / 8 }, 'the memory in GB is 0.125'],
    [{ nodeFlags: ['--another'] }, 'the list of flags of Node is ["--another"]'],
    [{ leastRuns: 6 }, 'the least number of runs is 6'],
    [{ quick: false }, 'quick is false'],
  ] as const)
    await expect(run(['split'], { resume: { ...first, ...other } })).rejects.toThrow(message);
}, 120_000);

it('is whole when the suites of both runs are done, and known by the command of the first', async () => {
  const first = await run(['split']);
  const ended = { ...first, complete: false, left: ['rows', 'wrong.throughput'], command: 'the first' };
  const { left, ...second } = await run(['rows'], { resume: ended });
  expect([second.complete, left, second.command]).toEqual([false, ['wrong.throughput'], 'the first']);
  expect(second.suites.map(({ id }) => id)).toEqual(['split', 'rows']);
  // A failure of a suite that is not run again stays.
  const third = await run(['split'], { resume: { ...second, left: [] } });
  expect([third.complete, third.suites[1]?.failure]).toEqual([true, second.suites[1]?.failure]);
}, 120_000);

it('has no figures of a suite whose rows are none, and says which', async () => {
  const report = await run(['rows']);
  expect(report.suites[0]?.failure).toMatch(/^row 1 of the suite rows \(mine, time\): its field value is null/);
  expect(report.rows).toEqual([]);
}, 120_000);

it('has small sizes where the collection quick is named, also of a part of it', async () => {
  const quick = async (options: Parameters<typeof runBench>[1]) =>
    (await runBench(WORDS, { ...options, signal: AbortSignal.abort() })).quick;
  expect(await quick({})).toBe(true);
  expect(await quick({ collection: 'quick', only: ['words'] })).toBe(true);
  expect(await quick({ only: ['words'] })).toBe(false);
  expect(await quick({ collection: 'full' })).toBe(false);
});

it('says by which command the same selection is run', async () => {
  const { command } = await runBench(WORDS, {
    collection: 'full',
    only: ['words'],
    runs: 6,
    signal: AbortSignal.abort(),
  });
  expect(command).toMatch(/^millrace-bench .*words\.bench\.ts suite full --only words --runs 6$/);
});

it('keeps what is done when it is ended', async () => {
  const stopping = new AbortController();
  const observer: RunObserver = {
    suiteBegun: ({ id }) => {
      if (id === 'words.letters=3.throughput') setTimeout(() => stopping.abort(), 50);
    },
  };
  const report = await run(['words.letters=1.throughput', 'words.letters=3.throughput'], {
    observer,
    signal: stopping.signal,
  });
  expect(report.complete).toBe(false);
  expect(report.suites.map(({ id }) => id)).toEqual(['words.letters=1.throughput']);
  expect(report.left).toEqual(['words.letters=3.throughput']);
}, 120_000);

it('refuses what means nothing', async () => {
  await expect(run(['none'])).rejects.toThrow('--only none: no suite or ratio begins with it');
  await expect(runBench(WORDS, { collection: 'none' })).rejects.toThrow('but quick, full, latency, slow, micro, all');
  await expect(run(['split'], { runs: 3 })).rejects.toThrow('at least 5');
  for (const wrong of [Number.NaN, -5, 'x' as unknown as number])
    await expect(run(['split'], { budgetMs: wrong })).rejects.toThrow(/^budgetMs is .*: it takes a number of milli/);
  await expect(run(['split'], { silentMs: 0 })).rejects.toThrow(
    'silentMs is 0: it takes a number of milliseconds above',
  );
  const only = 'words' as unknown as string[];
  await expect(runBench(WORDS, { only })).rejects.toThrow('only is "words": it takes a list of ids');
  await expect(runBench(new URL('./fixtures/word-count.job.ts', import.meta.url))).rejects.toThrow('has no bench');
});
