import { readFile } from 'node:fs/promises';
import { type Report, SCHEMA } from '../report/report.ts';

/** What a value of JSON is, in words. */
type Kind = 'a text' | 'a number' | 'a boolean' | 'a list' | 'an object' | 'null';

/** The fields that every result has, as `schema.json` has them. */
const FIELDS: readonly (readonly [kind: Kind, names: readonly (keyof Report)[], or?: Kind])[] = [
  ['a text', ['title', 'commit', 'node', 'v8', 'cpuModel', 'platform', 'date', 'command', 'method']],
  ['a number', ['cpus', 'memoryGb', 'loadBefore', 'seconds']],
  ['a boolean', ['complete', 'quick']],
  ['a boolean', ['dirty'], 'null'],
  ['a list', ['nodeFlags', 'suites', 'rows', 'series']],
  ['an object', ['ratios']],
];

/** Reads the JSON of a run: the one reader of `compare`, `report` and `--resume`. @throws Error where the file is no result of this version */
export async function readResult(path: string): Promise<Report> {
  let read: unknown;
  try {
    read = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new Error(`${path} cannot be read as a result: ${(cause as Error).message}`, { cause });
  }
  if (kindOf(read) !== 'an object')
    throw new Error(`${path} is no result of a run: it holds ${said(read)} and not an object`);
  const fields = read as Readonly<Record<string, unknown>>;
  if (fields['schema'] === undefined) throw new Error(`${path} is no result of a run: it has no field schema`);
  if (fields['schema'] !== SCHEMA)
    throw new Error(
      `${path} is of version ${said(fields['schema'])} of the format of results, and this is version ${SCHEMA}: run the bench again to have one`,
    );
  for (const [kind, names, or] of FIELDS)
    for (const name of names) {
      const value = fields[name];
      if (value === undefined) throw new Error(`${path} is no whole result: its field ${name} is missing`);
      if (kindOf(value) !== kind && kindOf(value) !== or)
        throw new Error(`${path} is no result of a run: its field ${name} is ${said(value)}, and has to be ${kind}`);
    }
  return read as Report;
}

function kindOf(value: unknown): Kind {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? 'a text' : typeof value === 'number' ? 'a number' : 'a boolean';
}

/** A value in a message: large ones by their kind. */
function said(value: unknown): string {
  return typeof value === 'object' ? kindOf(value) : JSON.stringify(value);
}
