import { expect, it } from 'vitest';
import { generated } from '../input.ts';
import { socketLines } from '../live/socket-lines.ts';
import type { Row } from '../suite.ts';
import type { PlainWorkload } from '../workload.ts';
import type { Backends } from './contenders.ts';
import { uncheckedNote, withNote } from './unchecked.ts';

const workload = { reference: null, input: generated(String) } as unknown as PlainWorkload;
const backends = (...names: string[]) => Object.fromEntries(names.map((name) => [name, null])) as unknown as Backends;

it('says with what output was compared where there is no reference', () => {
  expect(uncheckedNote(workload, backends('a', 'b'), 5)).toBe('output compared between backends only');
  expect(uncheckedNote(workload, backends('a'), 5)).toBe('output compared with nothing');
  const live = { ...workload, input: socketLines(String) };
  expect(uncheckedNote(live, backends('a', 'b'), 5)).toBe('output compared with nothing');
  expect(uncheckedNote({ ...workload, reference: () => () => [] }, backends('a'), 0)).toBeNull();
});

it('says that a job delivered nothing', () => {
  expect(uncheckedNote(workload, backends('a', 'b'), 0)).toBe(
    'delivered no record; output compared between backends only',
  );
});

it('adds to what a row says already', () => {
  const row = { suite: 's' } as Row;
  expect(withNote(row, null)).toBe(row);
  expect(withNote(row, 'a').note).toBe('a');
  expect(withNote({ ...row, note: 'a' }, 'b').note).toBe('a; b');
});
