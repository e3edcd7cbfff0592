import { OutputDiffers } from '@millrace/bench';
import { expect, it } from 'vitest';
import { checkDelivered } from './delivered.ts';
import type { DueCounts, TookCounts } from './latency-counts.ts';

const BEGIN = 1_700_000_000_000;
const sent = { rate: 10_000, lines: 30 };

function check(counts: readonly number[], took: TookCounts = [[1, 30]], begin = BEGIN) {
  const due: DueCounts = counts.flatMap((n, i) => (n === 0 ? [] : [[begin + i, n] as const]));
  const delivered = counts.reduce((sum, n) => sum + n, 0);
  return () => checkDelivered('x', { took, due, delivered }, sent);
}

it('takes what was sent, and parts of it where a run was given up', () => {
  for (const right of [[10, 10, 10], [10, 10, 9], [10, 0, 10], [4], []]) expect(check(right)).not.toThrow();
});

it('refuses lines that were counted for another ms, twice, or in ms that were none', () => {
  for (const wrong of [
    [10, 9, 11],
    [10, 11],
    [10, 10, 10, 10],
    [10, 0, 10, 10],
    [5, 0, 0, 5],
  ])
    expect(check(wrong), String(wrong)).toThrow(OutputDiffers);
});

it('refuses a line that was delivered before it was due', () => {
  expect(check([10, 10, 10], [[0, 1]])).toThrow('1 lines 1 ms before');
});
