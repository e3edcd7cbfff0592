import { type Duration, milliseconds } from '@millrace/core';
import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/**
 * A duration of the command line: `500ms`, `1.5s`, `2m`. The unit is required: nobody remembers what a bare number means.
 * @throws InvalidArgumentError
 */
export function parseDuration(text: string): Duration {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  // Fractions of a binary number would make 1.001 s something else than 1001 ms.
  const value = unit === undefined ? Number.NaN : Math.round(Number(number) * UNITS[unit]! * 1e6) / 1e6;
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('It is a number with a unit, ms, s or m, of at least 1 whole ms: 500ms, 1.5s, 2m.');
  }
  return milliseconds(value);
}

/** A value in which every text that is a duration, as `500ms`, has become one; also inside of objects. */
export function withDurations(value: unknown): unknown {
  if (typeof value === 'string') return /^\d[\d.]*(?:ms|s|m)$/.test(value) ? parseDuration(value) : value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withDurations(inner)]));
}
