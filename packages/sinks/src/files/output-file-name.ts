import type { SinkBatch } from '@millrace/core';

/**
 * The name of what a batch is saved as, as Spark names it: `prefix-TIME_IN_MS[.suffix]`. Without a prefix it begins with the
 * time, without a suffix it ends with it.
 *
 * @example
 * ```ts
 * outputFileName('/data/out', 'txt', 1000); // '/data/out-1000.txt'
 * ```
 */
export function outputFileName(
  prefix: string | null | undefined,
  suffix: string | null | undefined,
  timeMs: number,
): string {
  const front = prefix ? `${prefix}-` : '';
  const back = suffix ? `.${suffix}` : '';
  return `${front}${timeMs}${back}`;
}

/** The same for a batch, as a sink gets it: what a replay gives lies beside what the batch gave, as `prefix-TIME_IN_MS-replay-ID`. */
export function batchFileName(prefix: string, suffix: string | undefined, { time, replay }: SinkBatch): string {
  const name = outputFileName(prefix, null, time.milliseconds);
  const ending = suffix === undefined || suffix === '' ? '' : `.${suffix}`;
  return `${replay === undefined ? name : `${name}-replay-${replay}`}${ending}`;
}
