import type { KeyedState } from './keyed-state.ts';
import type { StateBase, StateRequest } from './saved-state.ts';

/**
 * Goes on with the sweeps that a request asks for, one after the other, until as many keys have been read as it says: small
 * partitions are through at once, and the next one begins when a large one is.
 * @param stateOf a partition's state, if it is in this slot
 * @returns the partitions that are through
 * @throws MR_NOT_ENCODABLE
 */
export function sweepPartitions(
  { node, time, sweep }: StateRequest,
  stateOf: (partition: number) => KeyedState | undefined,
): ReadonlyMap<number, StateBase> {
  const bases = new Map<number, StateBase>();
  let left = sweep?.entries ?? 0;
  for (const partition of sweep?.partitions ?? []) {
    if (left <= 0) break;
    const state = stateOf(partition);
    if (state?.version !== time) continue;
    const { taken, base } = state.sweep(left, node);
    left -= taken;
    if (base !== null) bases.set(partition, base);
  }
  return bases;
}
