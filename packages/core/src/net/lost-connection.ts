const LOST = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
  // Of a socket in the file system.
  'ENOENT',
]);

/**
 * Whether an error of a socket, by its code, is a connection that is not there: another try may succeed.
 *
 * @example
 * ```ts
 * isLostConnection('ECONNRESET'); // true
 * ```
 */
export function isLostConnection(code: unknown): boolean {
  return typeof code === 'string' && LOST.has(code);
}
