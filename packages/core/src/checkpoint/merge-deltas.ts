import { KeyedState } from '../state/keyed-state.ts';
import { decodeDelta, encodeDelta } from '../state/state-delta.ts';

/** Deltas of a partition of state, oldest first, as one. @throws MR_DECODE */
export function mergeDeltas(deltas: readonly Uint8Array[], operator: string): Uint8Array {
  const state = new KeyedState();
  for (const bytes of deltas) state.load(decodeDelta(bytes));
  return encodeDelta(state.whole(), operator);
}
