/**
 * What a Retry-After asks for, in ms from now: seconds, or a date. 0 for none, for the past, and for what is neither.
 *
 * @example
 * ```ts
 * retryAfterMs('2', 0); // 2000
 * retryAfterMs('Thu, 01 Jan 1970 00:00:10 GMT', 4000); // 6000
 * ```
 */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // A date of HTTP begins with the day of the week; the platform would read much else as some date.
  const date = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : 0;
  return Number.isNaN(date) ? 0 : Math.max(0, date - nowMs);
}
