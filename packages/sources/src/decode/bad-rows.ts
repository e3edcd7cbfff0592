import { error } from '@millrace/core/connector';
import type { Origin } from './decoder.ts';

/** A record that cannot be read. */
export interface BadRow {
  /** What it was read from: a path, an address. */
  readonly source: string;
  /** `line 3`, or where lines are not counted `byte 71234`. */
  readonly where: string;
  readonly text: string;
  readonly reason: string;
}

/**
 * What happens to a record that cannot be read: its batch fails (`'fail'`), it is dropped and counted (`'drop'`), or a
 * function gives another record for it. The function may give undefined, which drops it; it runs inside tasks.
 */
export type OnBadRow<T> = 'fail' | 'drop' | ((bad: BadRow) => T | undefined);

/** @throws MR_OPTION */
export function checkedPolicy<T>(option: string, policy: OnBadRow<T> = 'fail'): OnBadRow<T> {
  if (policy === 'fail' || policy === 'drop' || typeof policy === 'function') return policy;
  throw error('MR_OPTION', { option, value: policy, rule: "must be 'fail', 'drop' or a function" });
}

/**
 * Does with a bad row what the policy says.
 *
 * @returns the record to take instead, undefined for none
 * @throws MR_BAD_RECORD
 */
export function replaceBadRow<T>(policy: OnBadRow<T>, bad: BadRow, origin: Origin): T | undefined {
  if (policy === 'fail') {
    const { source, where, reason } = bad;
    throw error('MR_BAD_RECORD', { source, where, reason });
  }
  const other = policy === 'drop' ? undefined : policy(bad);
  if (other === undefined) origin.dropped(1);
  else if (typeof (other as { then?: unknown } | null)?.then === 'function') {
    throw error('MR_ASYNC_FUNCTION', { operator: 'onBadRow', found: 'a promise' });
  }
  return other;
}

/** Where the i-th line of some bytes lies, in words. */
export function placeOfLine(bytes: Uint8Array, index: number, origin: Origin): string {
  if (origin.line !== null) return `line ${origin.line + index}`;
  let at = 0;
  for (let i = 0; i < index; i++) at = bytes.indexOf(10, at) + 1;
  return `byte ${origin.offset + at}`;
}
