import type { ErrorCode } from './catalog.ts';
import { MillraceError } from './millrace-error.ts';

/** An error as plain data that structured clone and msgpack carry whole. */
export interface ErrorData {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  readonly details?: Record<string, unknown>;
  readonly cause?: ErrorData;
}

/** Chains of causes are cut here; a cycle of causes would otherwise never end. */
const MAX_CAUSES = 16;

/**
 * An error as plain data, to be sent between threads, where structured clone would drop `code`, `details` and the class.
 * Anything may be thrown, so `e` may be anything; what is not an error becomes one whose message shows the value.
 */
export function toErrorData(e: unknown, depth = 0): ErrorData {
  if (typeof e !== 'object' || e === null || typeof (e as Error).message !== 'string')
    return { name: 'Error', message: `a value that is not an Error was thrown: ${printed(e)}` };
  const { name, message, stack, code, details, cause } = e as Error & { code?: unknown; details?: unknown };
  return {
    name: typeof name === 'string' ? name : 'Error',
    message,
    ...(typeof stack === 'string' ? { stack } : {}),
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof details === 'object' && details !== null
      ? { details: cloneable(details as Record<string, unknown>) }
      : {}),
    ...(cause !== undefined && depth < MAX_CAUSES ? { cause: toErrorData(cause, depth + 1) } : {}),
  };
}

/**
 * The inverse of `toErrorData`: a MillraceError when it was one, else an Error that keeps name, message, code and stack
 * (the class itself does not exist here).
 */
export function fromErrorData(data: ErrorData): Error {
  const cause = data.cause === undefined ? undefined : fromErrorData(data.cause);
  if (data.name === 'MillraceError' && data.code !== undefined) {
    const made = new MillraceError(data.code as ErrorCode, data.message, { details: data.details, cause });
    if (data.stack !== undefined) made.stack = data.stack;
    return made;
  }
  const made = new Error(data.message, cause === undefined ? undefined : { cause });
  // Defined like the ones of Error itself, so that they do not show up as enumerable extras.
  for (const field of ['name', 'stack'] as const)
    if (data[field] !== undefined)
      Object.defineProperty(made, field, { value: data[field], writable: true, configurable: true });
  // Codes of Node (ENOENT) and of other libraries, and details of foreign errors.
  if (data.code !== undefined) Object.assign(made, { code: data.code });
  if (data.details !== undefined) Object.assign(made, { details: data.details });
  return made;
}

/** Replaces what structured clone refuses by text; details are for reading. */
function cloneable(details: Record<string, unknown>): Record<string, unknown> {
  try {
    return structuredClone(details);
  } catch {
    const safe: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(details)) {
      try {
        safe[key] = structuredClone(value);
      } catch {
        safe[key] = printed(value);
      }
    }
    return safe;
  }
}

/** String(value) runs code of the user's, which may throw. */
function printed(value: unknown): string {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
