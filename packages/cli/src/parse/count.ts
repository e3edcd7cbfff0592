import { InvalidArgumentError } from 'commander';

/** A whole number of at least 1. @throws InvalidArgumentError */
export function parseCount(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It is a whole number of at least 1.');
  return value;
}

/** A whole number, 0 as well. @throws InvalidArgumentError */
export function parseCountOrZero(text: string): number {
  if (/^0+$/.test(text)) return 0;
  try {
    return parseCount(text);
  } catch {
    throw new InvalidArgumentError('It is a whole number of at least 0.');
  }
}
