import { error } from '../errors/index.ts';

/**
 * Refuses options that do not exist: a misspelt one would be ignored.
 *
 * @param owner whose options they are: `'mapAsync'`
 * @throws MR_OPTION
 * @example
 * ```ts
 * checkOptionNames('mapAsync', { retries: 2 }, ['retries', 'timeout']);
 * ```
 */
export function checkOptionNames(owner: string, options: object, allowed: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw error('MR_OPTION', { option: `${owner}: options`, value: options, rule: 'must be an object' });
  }
  for (const option of Object.keys(options)) {
    if (allowed.includes(option)) continue;
    // Not its value: it may be a secret under a misspelt name.
    throw error('MR_OPTION', {
      option: `${owner}: ${option}`,
      value: '…',
      rule: `must be left out: the options are ${allowed.join(', ')}`,
    });
  }
}

/** Checks a number that counts something. @throws MR_OPTION unless it is whole and at least `least` */
export function checkWhole(option: string, value: number, least: number): number {
  if (!Number.isSafeInteger(value) || value < least)
    throw error('MR_OPTION', { option, value, rule: `must be a whole number of at least ${least}` });
  return value;
}

/** Checks a switch. @throws MR_OPTION unless it is true or false */
export function checkBoolean(option: string, value: boolean): boolean {
  if (typeof value !== 'boolean') throw error('MR_OPTION', { option, value, rule: 'must be true or false' });
  return value;
}
