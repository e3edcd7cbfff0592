import { isLive } from '../live/live-input.ts';
import type { Row } from '../suite.ts';
import type { PlainWorkload } from '../workload.ts';
import type { Backends } from './contenders.ts';

/** What rows say of a workload whose output nothing was compared with. */
export const UNCHECKED = 'output compared with nothing';
const AMONG_THEMSELVES = 'output compared between backends only';
const NOTHING = 'delivered no record';

/**
 * What rows have to say where no reference says what is right: backends may be wrong together, and a job that delivers nothing is fast.
 *
 * @param delivered records of all backends in the runs that were compared
 * @returns null where there is a reference
 */
export function uncheckedNote(
  { reference, input }: PlainWorkload,
  backends: Backends,
  delivered: number,
): string | null {
  if (reference !== null) return null;
  // Two backends cut different batches of a live source.
  const isCompared = !isLive(input) && Object.keys(backends).length > 1;
  return [...(delivered === 0 ? [NOTHING] : []), isCompared ? AMONG_THEMSELVES : UNCHECKED].join('; ');
}

/** A row with one more thing to be known of it. */
export function withNote(row: Row, note: string | null): Row {
  if (note === null) return row;
  return { ...row, note: row.note === undefined ? note : `${row.note}; ${note}` };
}
