import { expect, test } from 'vitest';
import { letterWarnings } from './letter-warnings.ts';

const names = (count: number) => Array.from({ length: count }, (_, i) => `out/letters-${i}`);
const nothing = { letters: [], withoutRecord: 0, torn: [], unfinished: [], replayed: [], sources: [] };

test('nothing is said of letters of which there is nothing to say', () => {
  const replayed = [{ directory: 'letters-1', left: null, followed: false }];
  expect(letterWarnings({ ...nothing, replayed })).toEqual([]);
});

test('there is a line for each kind of directory, however many there are', () => {
  const through = names(40).map((directory) => ({ directory, left: null, followed: true }));
  const again = names(2).map((directory) => ({ directory, left: `${directory}-replay-x`, followed: true }));
  const found = {
    ...nothing,
    replayed: [...through, ...again],
    unfinished: names(4),
    torn: ['out/letters-7/part-00000'],
    withoutRecord: 2,
  };
  expect(letterWarnings(found)).toEqual([
    'Replayed before, and left out since all went through: letters-0, letters-1, letters-2 and 37 more.',
    'Replayed before, and replaced by what failed again: letters-0 by letters-0-replay-x, letters-1 by letters-1-replay-x.',
    'Left out until the job goes on and writes them again, since their batch has not completed: letters-0, letters-1, letters-2 and 1 more.',
    'Left out is a last line that was not written to its end: out/letters-7/part-00000.',
    '2 letters have a text about their record and not the record: they cannot be replayed.',
  ]);
});
