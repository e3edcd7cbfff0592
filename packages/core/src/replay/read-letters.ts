import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { checkOptionNames } from '../api/check-options.ts';
import { msgpackCodec } from '../data/codec.ts';
import { error } from '../errors/index.ts';
import { inOrder, type Letter, letterChecksum, replayId } from './letter.ts';
import { addMark, isMarked } from './replay-marks.ts';

/** What `readLetters` found. */
export interface Letters {
  readonly letters: readonly Letter[];
  /** Letters whose record could not be encoded when it failed: of these there is only a text. */
  readonly withoutRecord: number;
  /** Files whose last line was not written to its end, which is left out. */
  readonly torn: readonly string[];
  /** Directories of batches that have not completed: the job writes these letters again. Left out. */
  readonly unfinished: readonly string[];
  /**
   * Directories of batches that were replayed before: with those of what failed again, null if all went through; and whether
   * that is what was read instead.
   */
  readonly replayed: readonly {
    readonly directory: string;
    readonly left: string | null;
    readonly followed: boolean;
  }[];
  /** Where letters were read, of batches that `deadLetterFile` has written. For `markReplayed`. */
  readonly sources: readonly { readonly directory: string; readonly time: number; readonly replay: string }[];
}

/** Options of `readLetters`. */
export interface ReadLettersOptions {
  /** Reads what is in the path, also where it was replayed before. */
  readonly again?: boolean;
  /** Names of the outputs that they are to be replayed for; all unless given. What others had is no matter then. */
  readonly outputs?: readonly string[];
}

/**
 * Reads what `deadLetterFile` has written: one file, the directory of a batch, or the directory with those of all batches.
 *
 * Records that fail again in a replay lie beside the others, in `letters-TIME_IN_MS-replay-ID`. Of a batch that was replayed these
 * are what is left to do: of the directory with all batches they are read in the place of the first ones, unless `again`
 * is given. What went through (`markReplayed`) is left out there. A file or the directory of a batch is read as it is; `replayed`
 * says what is to be known of it. Directories without `_SUCCESS` are of batches that have not completed: one by itself is refused.
 *
 * @throws MR_LETTERS for a path that has none, a line that is none or is damaged, a batch that has not completed
 */
export async function readLetters(path: string, options: ReadLettersOptions = {}): Promise<Letters> {
  checkOptionNames('readLetters', options, ['again', 'outputs']);
  const { again = false, outputs = null } = options;
  const { files, all, unfinished } = await filesOf(path);
  const found = { letters: [] as Letter[], withoutRecord: 0, torn: [] as string[] };
  const replayed: Letters['replayed'][number][] = [];
  const sources: Letters['sources'][number][] = [];
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
    const directory = dirname(file);
    const [letter] = read.letters;
    if (letter !== undefined && isOfBatch(directory)) {
      const replay = replayId(inOrder(read.letters));
      if (await isMarked(directory, replay, outputs)) {
        replayed.push({ directory, left: null, followed });
        if (followed) continue;
      }
      sources.push({ directory, time: letter.time, replay });
    }
    found.letters.push(...read.letters);
    found.withoutRecord += read.withoutRecord;
    if (read.isTorn) found.torn.push(file);
  }
  return { ...found, unfinished, replayed, sources };
}

/**
 * Writes down in the directories of letters that they were replayed, so that they are not once more: a replay that fails where one went
 * well would leave letters of records that are written.
 * @param times of the batches that went through, see `ReplaySummary`
 * @param outputs what they were replayed for; all unless given
 * @throws what the file system throws
 */
export async function markReplayed(
  { sources }: Pick<Letters, 'sources'>,
  times: readonly number[],
  outputs: readonly string[] | null = null,
): Promise<void> {
  for (const { directory, time, replay } of sources)
    if (times.includes(time)) await addMark(directory, replay, outputs);
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
  return (await isComplete(left)) ? left : null;
}

async function endsLine(file: string): Promise<boolean> {
  const { size } = await stat(file);
  for await (const chunk of createReadStream(file, { start: size - 1 })) return (chunk as Buffer)[0] === 10;
  return false;
}

/** The files of a path, and whether it is the directory with all batches, of which some may not have completed. */
async function filesOf(
  path: string,
): Promise<{ readonly files: readonly string[]; readonly all: boolean; readonly unfinished: readonly string[] }> {
  const refused = (what: string) => error('MR_LETTERS', { file: path, line: null, what });
  const found = await stat(path).catch(() => null);
  if (found === null) throw refused('there is no such file or directory');
  const parts = found.isDirectory() ? await partsOf(path) : [path];
  if (parts.length > 0) {
    const directory = found.isDirectory() ? path : dirname(path);
    if (isOfBatch(directory) && !(await isComplete(directory)))
      throw refused('its batch has not completed, since there is no _SUCCESS: the job writes it again when it goes on');
    return { files: parts, all: false, unfinished: [] };
  }
  const names = (await readdir(path)).filter((name) => /^letters-\d+$/.test(name)).sort();
  const directories = names.map((name) => join(path, name));
  const complete = await Promise.all(directories.map(isComplete));
  const files = (await Promise.all(directories.filter((_, i) => complete[i]).map(partsOf))).flat();
  const unfinished = directories.filter((_, i) => !complete[i]);
  if (files.length === 0 && unfinished.length === 0)
    throw refused('there is neither part-00000 nor letters-TIME in it');
  return { files, all: true, unfinished };
}

/** Whether a directory is called as those that `deadLetterFile` makes. */
function isOfBatch(directory: string): boolean {
  return /^letters-\d+(-replay-\w+)?$/.test(basename(resolve(directory)));
}

/** Whether what is in a batch's directory is all of it. */
async function isComplete(directory: string): Promise<boolean> {
  return (await stat(join(directory, '_SUCCESS')).catch(() => null)) !== null;
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
  let line: Partial<Record<keyof Letter | 'encoded' | 'checksum', unknown>> | null;
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
  if (bytes !== null && typeof bytes !== 'string') return 'it has no bytes';
  const numbers = { time, partition, index } as Pick<Letter, 'time' | 'partition' | 'index'>;
  // Earlier versions wrote none.
  if (line.checksum !== undefined && line.checksum !== letterChecksum({ operator, job, replay, bytes, ...numbers }))
    return 'it is damaged: its checksum is that of another one';
  if (bytes === null) return line.encoded === false ? null : 'it has no bytes';
  const raw = Buffer.from(bytes, 'base64');
  try {
    const records = msgpackCodec.decode(raw);
    if (records.length !== 1) return `it has ${records.length} records`;
    return { record: records[0], bytes: raw, operator, job, replay, ...numbers };
  } catch {
    return 'its bytes are no record';
  }
}
