import { error } from '@millrace/core/backend';

/**
 * Checks an option that counts something.
 *
 * @param option its name, with the function it belongs to: `'iterableStream: maxBuffered'`
 * @returns the value, as it was given
 * @throws MR_OPTION unless it is a whole number of at least 1
 * @example
 * ```ts
 * const lines = positive('textFileBatches: linesPerBatch', options.linesPerBatch ?? 1000);
 * ```
 */
export function positive(option: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw error('MR_OPTION', { option, value, rule: 'must be a whole number of at least 1' });
  }
  return value;
}
