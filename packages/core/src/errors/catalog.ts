import { dataErrors } from './catalog/data.ts';
import { kafkaErrors } from './catalog/kafka.ts';
import { logErrors } from './catalog/log.ts';
import { planErrors } from './catalog/plan.ts';
import { recoveryErrors } from './catalog/recovery.ts';
import { runErrors } from './catalog/run.ts';
import { stateErrors } from './catalog/state.ts';
import type { Entry } from './entry.ts';
import { MillraceError, type MillraceErrorOptions } from './millrace-error.ts';

/**
 * All errors of Millrace by code. To add one, write an entry of 3 to 6 lines into the file of its area in ./catalog/:
 * a message that names the object, the value and the rule, a help that says what to do, and the class Spark throws
 * where it has one. A page in docs lists every code.
 */
export const catalog = {
  ...dataErrors,
  ...kafkaErrors,
  ...logErrors,
  ...planErrors,
  ...recoveryErrors,
  ...runErrors,
  ...stateErrors,
} as const;

/** A code of the catalogue. */
export type ErrorCode = keyof typeof catalog;

/** What the message of a code must be given. */
export type ErrorParams<C extends ErrorCode> =
  Parameters<(typeof catalog)[C]['message']> extends [infer P, ...unknown[]] ? P : Record<string, never>;

/**
 * Makes (does not throw) the error of a code: `throw error('MR_PARTITIONS', { name: 'numPartitions', value: 0 })`.
 * @param params what the message names; also kept as `details`
 * @param options `cause`, and `details` to be added to the params
 */
export function error<C extends ErrorCode>(
  code: C,
  params: ErrorParams<C>,
  options: MillraceErrorOptions = {},
): MillraceError {
  const entry = catalog[code] as unknown as Entry<ErrorParams<C>>;
  const made = new MillraceError(code, `${entry.message(params)} ${entry.help}`, {
    ...options,
    details: { ...(params as Record<string, unknown>), ...options.details },
  });
  // The stack should begin where the rule was broken, not here.
  Error.captureStackTrace(made, error);
  return made;
}
