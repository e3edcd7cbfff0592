import { expect, it } from 'vitest';
import { Matcher } from './matcher.ts';
import { RECORD_BYTES, shuffleInput, shuffleRecords } from './records.ts';

const SEED = Math.floor(Math.random() * 2 ** 32);
const RECORDS = 40_000;

function countMatches(s: number): Map<string, number> {
  const matcher = new Matcher({ count: 1000, selectivity: 0.2, s, seed: SEED });
  const record = shuffleRecords(SEED);
  const counts = new Map<string, number>();
  for (let n = 0; n < RECORDS; n++)
    for (const consumer of matcher.match(record(n).data)) counts.set(consumer, (counts.get(consumer) ?? 0) + 1);
  return counts;
}

it.each([0, 1, 1.5])(`sends 0.2 of the records, the k-th rule 1 / k^%d as many as the first (seed ${SEED})`, (s) => {
  const counts = countMatches(s);
  const all = [...counts.values()].reduce((sum, n) => sum + n, 0);
  expect(Math.abs(all - 0.2 * RECORDS)).toBeLessThan(6 * Math.sqrt(0.2 * RECORDS));
  const weights = Array.from({ length: 1000 }, (_, i) => 1 / (i + 1) ** s);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (const k of [0, 1, 9]) {
    const expected = (0.2 * RECORDS * weights[k]!) / total;
    const found = counts.get(`consumer_${k}`) ?? 0;
    expect(Math.abs(found - expected), `rule ${k}`).toBeLessThan(6 * Math.sqrt(expected) + 6);
  }
});

it('gives a record to all whose ranges it lies in: with a selectivity of 3 to three on the average', () => {
  const matcher = new Matcher({ count: 30, selectivity: 3, s: 0, seed: SEED });
  const record = shuffleRecords(SEED);
  let sum = 0;
  for (let n = 0; n < 5000; n++) {
    const consumers = matcher.match(record(n).data);
    expect(new Set(consumers).size).toBe(consumers.length);
    sum += consumers.length;
  }
  expect(Math.abs(sum / 5000 - 3)).toBeLessThan(0.2);
});

it('makes the same records of the same numbers', () => {
  const { records } = shuffleInput({ seed: 3, pool: 10, blocks: 2 });
  const [first, ...others] = records(5, 25);
  expect(first!.data).toHaveLength(RECORD_BYTES);
  expect(first).toEqual(shuffleRecords(3)(5));
  expect(others[9]).toBe(first);
  expect(others[0]!.data).not.toEqual(first!.data);
});
