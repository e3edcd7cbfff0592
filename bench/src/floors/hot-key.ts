import type { HotKeyOperator } from '../jobs/moving-hot-key.job.ts';
import { longestRise } from '../longest-rise.ts';

type Pairs = readonly (readonly [string, number])[];

/** The same as the job of moving hot keys. */
export function hotKey(operator: HotKeyOperator): (batch: Pairs) => [string, number][] {
  return operator === 'reduceByKey' ? sums : rises;
}

function sums(batch: Pairs): [string, number][] {
  const totals = new Map<string, number>();
  for (const [key, value] of batch) totals.set(key, (totals.get(key) ?? 0) + value);
  return [...totals];
}

function rises(batch: Pairs): [string, number][] {
  const groups = new Map<string, number[]>();
  for (const [key, value] of batch) {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return Array.from(groups, ([key, values]) => [key, longestRise(values)]);
}
