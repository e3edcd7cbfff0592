import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** In the directory of a batch's letters: which replays of it went through. Readers of directories pass over such names. */
const MARKS = '_REPLAYED';

/** A replay that went through. */
interface Mark {
  /** Which letters they were. */
  readonly replay: string;
  /** The outputs that it was for; null: all. */
  readonly outputs: readonly string[] | null;
}

/** Writes down that letters went through. @param outputs the ones that they went to; null: all */
export async function addMark(directory: string, replay: string, outputs: readonly string[] | null): Promise<void> {
  await using file = await open(join(directory, MARKS), 'a');
  // On a line of its own, also behind one that was not written to its end.
  await file.write(`\n${JSON.stringify({ replay, outputs } satisfies Mark)}\n`);
  await file.sync();
}

/** Whether letters went through for all outputs that are asked for. */
export async function isMarked(directory: string, replay: string, outputs: readonly string[] | null): Promise<boolean> {
  const text = await readFile(join(directory, MARKS), 'utf8').catch(() => '');
  const marks = text.split('\n').flatMap(markOf);
  const went = marks.filter((mark) => mark.replay === replay);
  if (went.some((mark) => mark.outputs === null)) return true;
  const names = new Set(went.flatMap((mark) => mark.outputs ?? []));
  return outputs?.every((output) => names.has(output)) ?? false;
}

/** A line that was not written to its end is no mark. */
function markOf(line: string): Mark[] {
  try {
    const { replay, outputs } = JSON.parse(line) as Partial<Mark>;
    return typeof replay === 'string' && (outputs === null || Array.isArray(outputs)) ? [{ replay, outputs }] : [];
  } catch {
    return [];
  }
}
