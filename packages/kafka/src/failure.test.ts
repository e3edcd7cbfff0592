import { expect, test } from 'vitest';
import { kindOfCode } from './failure.ts';

test('what a broker says of itself may pass; what it says of a request stays', () => {
  const kinds = (...codes: number[]) => [...new Set(codes.map(kindOfCode))];
  // Among them -1: Kafka 4.3 answers so to whoever ends a transaction at the moment in which another producer takes it over.
  expect(kinds(-1, 5, 6, 7, 14, 15, 16, 51)).toEqual(['again']);
  expect(kinds(47, 90)).toEqual(['fenced']);
  expect(kinds(29, 30, 53, 58)).toEqual(['refused']);
  expect(kinds(10, 17, 87, 12_345)).toEqual(['fatal']);
});
