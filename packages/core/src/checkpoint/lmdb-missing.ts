import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Says that there was a store once. */
export function openedMark(dir: string): string {
  return join(dir, 'opened');
}

/** What is wrong with a store whose data is gone; null if it is there, or never was. */
export function missingData(dir: string): string | null {
  if (!existsSync(openedMark(dir))) return null;
  const size = statSync(join(dir, 'data.mdb'), { throwIfNoEntry: false })?.size;
  if (size === undefined) return 'data.mdb is missing';
  return size === 0 ? 'data.mdb is empty' : null;
}
