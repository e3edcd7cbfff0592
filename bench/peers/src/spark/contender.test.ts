import { expect, it } from 'vitest';
import { checkDelivered } from './contender.ts';

it('a run that delivers less or more than its batches have is refused', () => {
  const check = (...found: readonly number[]) => {
    return () => checkDelivered('Spark', found, [3, 1, 2]);
  };
  expect(check(3, 1, 2)).not.toThrow();
  expect(check(3, 0, 2)).toThrow('Spark delivered 0 records in batch 1 of a run, where it has 1');
  expect(check(3, 1)).toThrow('Spark delivered 2 batches of a run of 3');
  expect(check(3, 1, 2, 2)).toThrow('Spark delivered 4 batches of a run of 3');
});
