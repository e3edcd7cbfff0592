import { OutputDiffers } from '@millrace/bench';
import { expect, it } from 'vitest';
import { WindowCounts } from './window-counts.ts';

/** Of each key a record every 5 ms. */
const load = { rate: 20_000, keys: 100, windowMs: 1000 };
const BEGIN = 1_700_000_000_000.35;

const look =
  (...windows: readonly (readonly [n: number, oldest: number, newest: number])[]) =>
  () => {
    const counts = new WindowCounts(load);
    for (const [n, oldest, newest] of windows) counts.see('k', n, BEGIN + oldest, BEGIN + newest);
    counts.end();
  };

it('takes windows that have all that was sent between their ends', () => {
  expect(look([1, 0, 0], [200, 0, 995], [200, 10, 1005])).not.toThrow();
});

it('refuses a record that is missing or there twice, windows of another length, and none', () => {
  expect(look([199, 0, 995])).toThrow(OutputDiffers);
  expect(look([201, 0, 995])).toThrow(OutputDiffers);
  expect(look([400, 0, 1995])).toThrow('of 1995 ms');
  expect(look([20, 0, 95])).toThrow('of 95 ms');
  expect(look()).toThrow('no window');
});
