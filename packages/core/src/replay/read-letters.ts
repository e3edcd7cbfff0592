import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { msgpackCodec } from '../data/codec.ts';
import { error } from '../errors/index.ts';

/** A dead letter as a file has it: the record that an operator could not do, exactly. */
export interface Letter {
  readonly record: unknown;
  /** The record by the codec `msgpack`. */
  readonly bytes: Uint8Array;
  /** Name of the operator whose function threw. */
  readonly operator: string;
  /** Batch time in ms. */
  readonly time: number;
  /** Name of the job. */
  readonly job: string;
  readonly partition: number;
  readonly index: number;
}

/** What `readLetters` found. */
export interface Letters {
  readonly letters: readonly Letter[];
  /** Letters whose record could not be encoded when it failed: of these there is only a text. */
  readonly withoutRecord: number;
  /** Files whose last line was not written to its end, which is left out. */
  readonly torn: readonly string[];
}

/**
 * Reads what `deadLetterFile` has written: one file, the directory of a batch, or the directory with those of all batches. Letters
 * that a replay has left, in directories `letters-TIME_IN_MS-replay-ID`, are read where one of these is given itself.
 *
 * @throws MR_LETTERS for a path that has none, a line that is none
 */
export async function readLetters(path: string): Promise<Letters> {
  const letters: Letter[] = [];
  const torn: string[] = [];
  let withoutRecord = 0;
  for (const file of await filesOf(path)) {
    let line = 0;
    let bad: { readonly line: number; readonly what: string } | null = null;
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      // Only what is behind it shows that a line which is none was not the last.
      if (bad !== null) throw error('MR_LETTERS', { file, line: bad.line, what: bad.what });
      line += 1;
      if (text === '') continue;
      const letter = letterOf(text);
      if (typeof letter === 'string') bad = { line, what: letter };
      else if (letter === null) withoutRecord += 1;
      else letters.push(letter);
    }
    if (bad === null) continue;
    // A line that ends as lines do was written to its end.
    if (await endsLine(file)) throw error('MR_LETTERS', { file, line: bad.line, what: bad.what });
    torn.push(file);
  }
  return { letters, withoutRecord, torn };
}

async function endsLine(file: string): Promise<boolean> {
  const { size } = await stat(file);
  for await (const chunk of createReadStream(file, { start: size - 1 })) return (chunk as Buffer)[0] === 10;
  return false;
}

async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw error('MR_LETTERS', { file: path, line: null, what: 'there is no such file or directory' });
  if (!found.isDirectory()) return [path];
  const parts = await partsOf(path);
  if (parts.length > 0) return parts;
  const names = (await readdir(path)).filter((name) => /^letters-\d+$/.test(name)).sort();
  const all = (await Promise.all(names.map((name) => partsOf(join(path, name))))).flat();
  if (all.length === 0)
    throw error('MR_LETTERS', { file: path, line: null, what: 'there is neither part-00000 nor letters-TIME in it' });
  return all;
}

async function partsOf(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  return names
    .filter((name) => name.startsWith('part-'))
    .sort()
    .map((name) => join(directory, name));
}

/** The letter of a line; null if its record is not there; what is wrong with it if it is none. */
function letterOf(text: string): Letter | null | string {
  let line: Partial<Record<keyof Letter | 'encoded', unknown>> | null;
  try {
    line = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  if (typeof line !== 'object' || line === null) return 'it is no object';
  const { operator, time, job, partition, index, bytes } = line;
  if (typeof operator !== 'string' || operator === '') return 'it names no operator';
  if (typeof job !== 'string') return 'it names no job';
  for (const [name, value] of Object.entries({ time, partition, index }))
    if (!Number.isSafeInteger(value) || (value as number) < 0) return `its ${name} is no whole number`;
  if (bytes === null && line.encoded === false) return null;
  if (typeof bytes !== 'string') return 'it has no bytes';
  const raw = Buffer.from(bytes, 'base64');
  try {
    const records = msgpackCodec.decode(raw);
    if (records.length !== 1) return `it has ${records.length} records`;
    return {
      record: records[0],
      bytes: raw,
      operator,
      job,
      ...({ time, partition, index } as Pick<Letter, 'time' | 'partition' | 'index'>),
    };
  } catch {
    return 'its bytes are no record';
  }
}
