import { basename } from 'node:path';
import type { Letters } from '@millrace/core';

/** So many are named; the others are counted. */
const NAMED = 3;

/*
 * Directories are known by their names: what is left out or replaced is one of several in the directory that was given.
 */

/** What is to be said of dead letters before they are replayed: one line for each kind, however many directories there are. */
export function letterWarnings({ replayed, unfinished, torn, withoutRecord }: Letters): string[] {
  const followed = replayed.filter((each) => each.followed);
  const kinds: readonly (readonly [what: string, which: readonly string[]])[] = [
    [
      'Replayed before, and left out since all went through',
      followed.filter(({ left }) => left === null).map(({ directory }) => basename(directory)),
    ],
    [
      'Replayed before, and replaced by what failed again',
      followed.flatMap(({ directory, left }) => (left === null ? [] : [`${basename(directory)} by ${basename(left)}`])),
    ],
    [
      'Left out until the job goes on and writes them again, since their batch has not completed',
      unfinished.map((directory) => basename(directory)),
    ],
    ['Left out is a last line that was not written to its end', torn],
  ];
  const lines = kinds.flatMap(([what, which]) => (which.length === 0 ? [] : [`${what}: ${listed(which)}.`]));
  if (withoutRecord > 0)
    lines.push(`${withoutRecord} letters have a text about their record and not the record: they cannot be replayed.`);
  return lines;
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMED;
  return more <= 0 ? names.join(', ') : `${names.slice(0, NAMED).join(', ')} and ${more} more`;
}
