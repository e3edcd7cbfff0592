import { OutputDiffers } from '@millrace/bench';
import type { SocketLatencies } from './engines.ts';

/** What was sent: in each ms rate / 1000 lines are due, ms after ms. */
export interface Sent {
  /** Lines a second: a multiple of 1000. */
  readonly rate: number;
  readonly lines: number;
}

/**
 * Compares what was counted with what was sent. A sum alone would not notice lines that were counted for another ms, whose latencies
 * would be wrong. Where the run was given up lines may be missing, but none may be there twice.
 * @throws OutputDiffers naming the ms
 */
export function checkDelivered(
  title: string,
  { took, due, delivered }: Omit<SocketLatencies, 'batches'>,
  { rate, lines }: Sent,
): void {
  const perMs = rate / 1000;
  const whole = delivered === lines;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const [ms, count] of due) {
    if (whole ? count !== perMs : count > perMs)
      throw new OutputDiffers(`${title} counted ${count} lines that were due at ${ms}, where there were ${perMs}`);
    first = Math.min(first, ms);
    last = Math.max(last, ms);
  }
  const all = lines / perMs;
  if (delivered > lines || (whole && due.length !== all) || (due.length > 0 && last - first >= all))
    throw new OutputDiffers(
      `${title} delivered ${delivered} lines, of ${due.length} ms from ${first} to ${last}, where ${lines} of ${all} ms in a row were sent`,
    );
  // Whole ms are rounded up: what is delivered in the ms in which it was due took 1.
  for (const [ms, count] of took) {
    if (ms < 1) throw new OutputDiffers(`${title} delivered ${count} lines ${1 - ms} ms before they were due`);
  }
}
