import { error } from '@millrace/core/connector';

/**
 * Refuses options that do not exist: a misspelt one would be ignored.
 *
 * @param what the function that the options belong to
 * @param names of the options that it has
 * @throws MR_OPTION
 * @example
 * ```ts
 * checkOptions('toAsyncIterable', { maxBuffered: 10 }, ['maxBuffered', 'onFull']);
 * ```
 */
export function checkOptions(what: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw error('MR_OPTION', { option: `${what}: options`, value: options, rule: 'must be an object' });
  }
  for (const option of Object.keys(options)) {
    if (names.includes(option)) continue;
    // Not its value: it may be a secret under a misspelt name.
    throw error('MR_OPTION', {
      option: `${what}: ${option}`,
      value: '…',
      rule: `must be left out: the options are ${names.join(', ')}`,
    });
  }
}

/**
 * Checks an option that counts something.
 *
 * @param option its name, with the function it belongs to: `'toAsyncIterable: maxBuffered'`
 * @returns the value, as it was given
 * @throws MR_OPTION unless it is a whole number of at least `least`, which is 1 unless given
 * @example
 * ```ts
 * positive('toAsyncIterable: maxBuffered', 10); // 10
 * ```
 */
export function positive(option: string, value: number, least = 1): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw error('MR_OPTION', { option, value, rule: `must be a whole number of at least ${least}` });
  }
  return value;
}

/**
 * Checks an option that has a few values.
 *
 * @returns the value, as it was given
 * @throws MR_OPTION unless it is one of them
 * @example
 * ```ts
 * oneOf('toAsyncIterable: onFull', 'wait', ['wait', 'dropOldest']); // 'wait'
 * ```
 */
export function oneOf<const V extends string>(option: string, value: V, values: readonly V[]): V {
  if (!values.includes(value)) {
    throw error('MR_OPTION', { option, value, rule: `must be ${values.map((v) => `'${v}'`).join(' or ')}` });
  }
  return value;
}
