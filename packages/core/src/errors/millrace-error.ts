import type { ErrorCode } from './catalog.ts';

/** What else an error may carry. `details` should be plain data: it travels between threads and into logs. */
export interface MillraceErrorOptions {
  readonly details?: Record<string, unknown>;
  readonly cause?: unknown;
}

/**
 * Every error that Millrace itself raises. `code` is stable and listed in the catalogue, `details` holds the parameters
 * of the message as data, `cause` the error of a user's function where there is one.
 * Do not construct it: call `error(code, params)` of the catalogue.
 */
export class MillraceError extends Error {
  override readonly name = 'MillraceError';
  readonly code: ErrorCode;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: MillraceErrorOptions = {}) {
    // `cause: undefined` would make an own property, which printers then show.
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  override toString(): string {
    return `${this.name} [${this.code}]: ${this.message}`;
  }
}

/**
 * Whether `e` is an error of Millrace, and of this `code` if one is given. Works on errors of another realm (vm contexts,
 * test runners) and of a second copy of this package, where `instanceof` says no.
 */
export function isMillraceError<C extends ErrorCode>(e: unknown, code?: C): e is MillraceError & { readonly code: C } {
  if (typeof e !== 'object' || e === null) return false;
  const { name, code: found } = e as { name?: unknown; code?: unknown };
  return name === 'MillraceError' && typeof found === 'string' && (code === undefined || found === code);
}
