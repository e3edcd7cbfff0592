import { expect, test } from 'vitest';
import { lookupKey } from '../data/key.ts';
import { keyWithoutSalt, saltedKey } from './salted-key.ts';

const KEYS = [
  '',
  'a',
  ' a b ',
  '7',
  'n1 7',
  7,
  0,
  -0,
  -1.5,
  1e300,
  5e-324,
  Number.NaN,
  Infinity,
  -Infinity,
  null,
  true,
  10n,
  ['a', 7],
  { a: 1 },
];

test('a key is what it was when its salt is gone', () => {
  for (const key of KEYS) for (const salt of [0, 12]) expect(keyWithoutSalt(saltedKey(salt, key))).toBe(key);
});

test('keys with a salt are the same only if both are', () => {
  const ids = KEYS.flatMap((key) => [0, 1, 10].map((salt) => lookupKey(saltedKey(salt, key))));
  expect(new Set(ids).size).toBe(ids.length);
});
