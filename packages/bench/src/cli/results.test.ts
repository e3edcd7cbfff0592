import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Report, SCHEMA } from '../report/report.ts';
import {
  AXIS,
  CELL_MAP,
  CHOICES,
  HEAT_MAP,
  LINE,
  MARK,
  RATIO,
  RESULT,
  ROW,
  SERIES,
  SUITE,
  WARM_UP,
} from '../report/result-shapes.ts';
import { readResult } from './read-result.ts';
import { Results } from './results.ts';

const suite = (id: string) => ({ id, title: id, group: 'g', about: '', seconds: 1, command: 'c' });
const report: Report = {
  schema: SCHEMA,
  title: 'A bench',
  nodeFlags: [],
  complete: true,
  quick: true,
  commit: 'c0ffee',
  dirty: false,
  node: 'v24.0.0',
  v8: '13.6',
  cpus: 2,
  cpuModel: 'one',
  memoryGb: 8,
  platform: 'linux x64',
  loadBefore: 0.1,
  date: '2026-01-02T03:04:05.000Z',
  command: 'c',
  seconds: 60,
  method: 'm',
  ratios: {},
  suites: [suite('a'), suite('b')],
  rows: [],
  series: [],
};
const ended: Report = { ...report, complete: false, left: ['b'], suites: [suite('a')] };

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-results-'));
});
afterEach(() => rm(directory, { recursive: true }));
const names = async () => (await readdir(directory)).sort();
const WHOLE = ['x.html', 'x.json', 'x.md'];
const PARTIAL = ['x.partial.html', 'x.partial.json', 'x.partial.md'];

it('keeps a whole result beside a run that goes on or was ended, and replaces it at the end', async () => {
  const results = new Results(directory, 'x');
  await results.end(report);
  expect(await names()).toEqual(WHOLE);
  await results.keep(ended);
  expect(await results.end(ended)).toEqual(PARTIAL.toSorted(byKind).map((name) => join(directory, name)));
  expect(await names()).toEqual([...WHOLE, ...PARTIAL].sort());
  expect((await readResult(join(directory, 'x.json'))).suites).toHaveLength(2);
  await results.end({ ...report, suites: [suite('c')] });
  expect(await names()).toEqual(WHOLE);
  expect((await readResult(join(directory, 'x.json'))).suites).toMatchObject([{ id: 'c' }]);
});

it('goes on with the run that was ended, else with the result', async () => {
  const results = new Results(directory, 'x');
  await expect(results.earlier()).rejects.toThrow(/--resume: there is neither .*x\.partial\.json nor .*x\.json/);
  await results.end(report);
  expect(await results.earlier()).toEqual(report);
  await results.keep(ended);
  expect(await results.earlier()).toEqual(ended);
  await writeFile(join(directory, 'x.partial.json'), 'null');
  await expect(results.earlier()).rejects.toThrow('x.partial.json is no result of a run: it holds null');
});

it('has its directory before anything is written, and to itself', async () => {
  const inner = join(directory, 'a', 'b');
  const results = new Results(inner, 'x');
  results.begin();
  expect(() => new Results(inner, 'x').begin()).toThrow(
    /^the result x cannot be written to .*b, and nothing was measured: another run has it/,
  );
  new Results(inner, 'y').begin();
  results.close();
  new Results(inner, 'x').begin();
  expect(await readdir(inner)).toEqual(['x.lock', 'y.lock']);
  await writeFile(join(directory, 'file'), '');
  const nowhere = new Results(join(directory, 'file'), 'x');
  expect(() => nowhere.begin()).toThrow(/cannot be written to .*file, and nothing was measured: EEXIST/);
});

it('says which run it replaces that was ended', async () => {
  const results = new Results(directory, 'x');
  await results.end(report);
  expect(await results.replaced()).toBeNull();
  await results.keep(ended);
  expect(await results.replaced()).toMatch(
    /x\.partial\.json, of a run of A bench that was ended \(2026-01-02T03:04:05\.000Z, suites done: 1\), is replaced/,
  );
  await writeFile(join(directory, 'x.partial.json'), '{');
  expect(await results.replaced()).toContain('which cannot be read, is replaced');
});

it('leaves files as they are where nothing has run, or the report cannot be shown', async () => {
  const results = new Results(directory, 'x');
  await results.end(report);
  const before = await readFile(join(directory, 'x.json'), 'utf8');
  expect(await results.end({ ...report, suites: [] })).toEqual([]);
  await expect(results.end({ ...report, date: undefined as unknown as string })).rejects.toThrow();
  expect(await names()).toEqual(WHOLE);
  expect(await readFile(join(directory, 'x.json'), 'utf8')).toBe(before);
});

it('says what is wrong with a file that is no result', async () => {
  const path = join(directory, 'y.json');
  const reading = async (value: unknown) => {
    await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
    return readResult(path);
  };
  expect(await reading(report)).toEqual(report);
  await expect(reading('{')).rejects.toThrow('y.json cannot be read as a result');
  await expect(reading(null)).rejects.toThrow('it holds null and not an object');
  await expect(reading([])).rejects.toThrow('it holds a list and not an object');
  await expect(reading({})).rejects.toThrow('it has no field schema');
  await expect(reading({ ...report, schema: 1 })).rejects.toThrow(`of version 1 of the format of results`);
  for (const [wrong, message] of [
    [{ rows: [1, null] }, 'rows[0] is 1, and has to be an object'],
    [{ rows: [{ suite: 'a' }] }, 'rows[0]: its field contender is missing'],
    [{ ratios: { x: null } }, 'ratios.x is null'],
    [{ ratios: { x: { value: 1, low: 1, high: 1, runs: 5 } } }, 'ratios.x: its field title is missing'],
    [{ suites: [{ ...suite('a'), seconds: '1' }] }, 'suites[0]: its field seconds is "1", and has to be a number'],
    [{ series: [{ suite: 'a', title: 't', lines: [] }] }, 'series[0]: its field x is missing'],
    [{ heatMaps: [{ suite: 'a', title: 't', x: {}, y: {}, maps: [] }] }, 'heatMaps[0]: its field value is missing'],
    [{ left: 'b' }, 'the result: its field left is "b", and has to be a list of texts'],
  ] as const)
    await expect(reading({ ...report, ...wrong })).rejects.toThrow(`y.json is no whole result of a run: ${message}`);
  await expect(reading({ ...report, rows: 'none' })).rejects.toThrow('its field rows is "none", and has to be a list');
  await expect(reading({ ...report, ratios: [] })).rejects.toThrow(
    'its field ratios is a list, and has to be an object',
  );
});

it('knows every field that the schema knows, and which may be left out', async () => {
  const schema = JSON.parse(await readFile(new URL('../../schema.json', import.meta.url), 'utf8'));
  const { schema: _, ...properties } = schema.properties;
  const { ratio, suite, row, series, axis, heatMap, choices } = schema.$defs;
  const { lines, marks } = series.properties;
  for (const [shape, described] of [
    [RESULT, { ...schema, properties, required: schema.required.filter((name: string) => name !== 'schema') }],
    [RATIO, ratio],
    [SUITE, suite],
    [ROW, row],
    [WARM_UP, row.properties.warmUp],
    [SERIES, series],
    [AXIS, axis],
    [LINE, lines.items],
    [MARK, marks.items],
    [HEAT_MAP, heatMap],
    [CHOICES, choices],
    [CELL_MAP, heatMap.properties.maps.items],
  ] as const) {
    expect(Object.keys(shape).sort()).toEqual(Object.keys(described.properties).sort());
    const asked = Object.keys(shape).filter((name) => !Array.isArray(shape[name]));
    expect(asked.sort()).toEqual([...described.required].sort());
  }
});

it('asks for every field that the schema asks for', async () => {
  const schema = JSON.parse(await readFile(new URL('../../schema.json', import.meta.url), 'utf8'));
  const path = join(directory, 'y.json');
  for (const field of schema.required as string[]) {
    await writeFile(path, JSON.stringify({ ...report, [field]: undefined }));
    await expect(readResult(path), field).rejects.toThrow(`field ${field}`);
  }
});

/** In the order in which reports are written. */
function byKind(a: string, b: string): number {
  const order = ['json', 'md', 'html'];
  const at = (name: string) => order.indexOf(name.split('.').at(-1)!);
  return at(a) - at(b);
}
