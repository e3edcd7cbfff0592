import { checkWhole, error } from '@millrace/core/connector';

/** Refuses options that do not exist: a misspelt one would be ignored. */
export { checkOptionNames as checkOptions } from '@millrace/core/connector';

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
  return checkWhole(option, value, least);
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
