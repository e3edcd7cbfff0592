import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { msgpackCodec } from '../data/codec.ts';
import { error } from '../errors/index.ts';
import { inOrder, type Letter, replayId } from './letter.ts';

/** What `readLetters` found. */
export interface Letters {
  readonly letters: readonly Letter[];
  /** Letters whose record could not be encoded when it failed: of these there is only a text. */
  readonly withoutRecord: number;
  /** Files whose last line was not written to its end, which is left out. */
  readonly torn: readonly string[];
  /** Directories of batches that were replayed before, with those of what failed again, and whether these were read instead. */
  readonly replayed: readonly { readonly directory: string; readonly left: string; readonly followed: boolean }[];
}

/** Options of `readLetters`. */
export interface ReadLettersOptions {
  /** Reads what is in the path, also where it was replayed before. */
  readonly again?: boolean;
}

/**
 * Reads what `deadLetterFile` has written: one file, the directory of a batch, or the directory with those of all batches.
 *
 * Records that fail again in a replay lie beside the others, in `letters-TIME_IN_MS-replay-ID`. Of a batch that was replayed these
 * are what is left to do: of the directory with all batches they are read in the place of the first ones, unless `again`
 * is given. A file or the directory of a batch is read as it is; `replayed` says that there are others.
 *
 * @throws MR_LETTERS for a path that has none, a line that is none
 */
export async function readLetters(path: string, { again = false }: ReadLettersOptions = {}): Promise<Letters> {
  const { files, all } = await filesOf(path);
  const found = { letters: [] as Letter[], withoutRecord: 0, torn: [] as string[] };
  const replayed: Letters['replayed'][number][] = [];
  const followed = all && !again;
  for (const first of files) {
    let file = first;
    let read = await readFileOfLetters(file);
    for (let left = await leftOf(file, read.letters); left !== null; left = await leftOf(file, read.letters)) {
      replayed.push({ directory: dirname(file), left, followed });
      if (!followed) break;
      const [next] = await partsOf(left);
      file = next as string;
      read = await readFileOfLetters(file);
    }
    found.letters.push(...read.letters);
    found.withoutRecord += read.withoutRecord;
    if (read.isTorn) found.torn.push(file);
  }
  return { ...found, replayed };
}

async function readFileOfLetters(file: string) {
  const letters: Letter[] = [];
  let withoutRecord = 0;
  let line = 0;
  let bad: { readonly line: number; readonly what: string } | null = null;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    // Only what is behind it shows that a line which is none was not the last.
    line += 1;
    if (bad !== null) break;
    if (text === '') continue;
    const letter = letterOf(text);
    if (typeof letter === 'string') bad = { line, what: letter };
    else if (letter === null) withoutRecord += 1;
    else letters.push(letter);
  }
  // A line that ends as lines do was written to its end.
  if (bad !== null && (bad.line < line || (await endsLine(file))))
    throw error('MR_LETTERS', { file, line: bad.line, what: bad.what });
  return { letters, withoutRecord, isTorn: bad !== null };
}

/** Where what failed again of a batch lies; null if it was not replayed, or nothing did. */
async function leftOf(file: string, letters: readonly Letter[]): Promise<string | null> {
  const [first] = letters;
  if (first === undefined) return null;
  const beside = dirname(dirname(file));
  const left = join(beside, `letters-${first.time}-replay-${replayId(inOrder(letters))}`);
  return (await stat(join(left, '_SUCCESS')).catch(() => null)) === null ? null : left;
}

async function endsLine(file: string): Promise<boolean> {
  const { size } = await stat(file);
  for await (const chunk of createReadStream(file, { start: size - 1 })) return (chunk as Buffer)[0] === 10;
  return false;
}

/** The files of a path, and whether it is the directory with all batches. */
async function filesOf(path: string): Promise<{ readonly files: readonly string[]; readonly all: boolean }> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw error('MR_LETTERS', { file: path, line: null, what: 'there is no such file or directory' });
  if (!found.isDirectory()) return { files: [path], all: false };
  const parts = await partsOf(path);
  if (parts.length > 0) return { files: parts, all: false };
  const names = (await readdir(path)).filter((name) => /^letters-\d+$/.test(name)).sort();
  const files = (await Promise.all(names.map((name) => partsOf(join(path, name))))).flat();
  if (files.length === 0)
    throw error('MR_LETTERS', { file: path, line: null, what: 'there is neither part-00000 nor letters-TIME in it' });
  return { files, all: true };
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
  const { operator, time, job, partition, index, bytes, replay = null } = line;
  if (typeof operator !== 'string' || operator === '') return 'it names no operator';
  if (typeof job !== 'string') return 'it names no job';
  for (const [name, value] of Object.entries({ time, partition, index }))
    if (!Number.isSafeInteger(value) || (value as number) < 0) return `its ${name} is no whole number`;
  if (replay !== null && typeof replay !== 'string') return 'its replay is no name';
  if (bytes === null && line.encoded === false) return null;
  if (typeof bytes !== 'string') return 'it has no bytes';
  const raw = Buffer.from(bytes, 'base64');
  try {
    const records = msgpackCodec.decode(raw);
    if (records.length !== 1) return `it has ${records.length} records`;
    const numbers = { time, partition, index } as Pick<Letter, 'time' | 'partition' | 'index'>;
    return { record: records[0], bytes: raw, operator, job, replay, ...numbers };
  } catch {
    return 'its bytes are no record';
  }
}
