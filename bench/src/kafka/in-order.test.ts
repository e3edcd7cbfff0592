import { OutputDiffers } from '@millrace/bench';
import { expect, it } from 'vitest';
import { InOrder } from './in-order.ts';

const sent = { records: 5, keys: 2, keyOf: (n: number) => `k${n % 2}`, lineOf: (n: number) => `line ${n}` };

function look(...numbers: readonly (number | readonly [key: string, line: string])[]) {
  return () => {
    const inOrder = new InOrder(sent);
    for (const n of numbers)
      inOrder.see(...((typeof n === 'number' ? [sent.keyOf(n), sent.lineOf(n)] : n) as [string, string]));
    inOrder.end();
  };
}

it('takes all records, in any order of the keys', () => {
  expect(look(0, 1, 2, 3, 4)).not.toThrow();
  expect(look(1, 3, 0, 2, 4)).not.toThrow();
});

it('refuses records that are missing, there twice, out of order or not what they were', () => {
  const line = (text: string) => ['k1', text] as const;
  for (const wrong of [
    [0, 1, 2, 3],
    [0, 1, 2, 3, 4, 4],
    [0, 1, 1, 3, 4],
    [2, 1, 0, 3, 4],
    [0, 1, 2, line('line 4'), 4],
    [0, 1, 2, 3, 4, ['k2', 'line 5'] as const],
  ])
    expect(look(...wrong), JSON.stringify(wrong)).toThrow(OutputDiffers);
});
