import type { BucketMoves } from '../data/bucket-table.ts';
import { hashKey } from '../data/hash.ts';
import { lookupKey } from '../data/key.ts';
import type { Columns } from '../task/columns.ts';
import type { Sliced } from '../task/slices.ts';
import type { KeyedState } from './keyed-state.ts';
import type { Pane } from './state-entry.ts';
import { STATE_SLICE } from './state-logic.ts';

/** Whether a key of a partition is to lie elsewhere. What lies where no record of its key comes to stays there. */
function leaves(key: unknown, partition: number, { from, to }: BucketMoves): boolean {
  const bucket = hashKey(key) % to.length;
  return from[bucket] === partition && to[bucket] !== partition;
}

/**
 * What of a partition is to lie elsewhere, as the batch at `time` has left it: `[key, [state, time of the last touch]]`. Looks at the
 * state and leaves it as it is, also where the batch that moves it has changed it already: a task of that batch may run once more.
 */
export function* leavingState(
  state: KeyedState,
  partition: number,
  time: number,
  moves: BucketMoves,
): Sliced<readonly unknown[]> {
  const out: unknown[] = [];
  let seen = 0;
  for (const [key, value, touched] of state.pairsAt(time)) {
    if (leaves(key, partition, moves)) out.push([key, [value, touched]]);
    seen += 1;
    if (seen % STATE_SLICE === 0) yield undefined;
  }
  return out;
}

/**
 * Has the keys leave that are to lie elsewhere, and those come in that are to lie here: as changes of the batch, so that they are undone with
 * it, and a checkpoint has them in its delta. No function of the user's hears of it.
 *
 * @param keysInPanes whether each key is in the pane of the time of its last touch as well
 */
export function* moveState(
  state: KeyedState,
  partition: number,
  moves: BucketMoves,
  arriving: readonly Columns[],
  keysInPanes: boolean,
): Sliced<void> {
  let seen = 0;
  let left = 0;
  for (const entry of state.entries.values()) {
    seen += 1;
    if (seen % STATE_SLICE === 0) yield undefined;
    if (entry.dead || !leaves(entry.key, partition, moves)) continue;
    state.kill(entry);
    left += 1;
  }
  const came = new Map<number, unknown[]>();
  for (const { keys, values } of arriving) {
    for (let i = 0; i < keys.length; i++) {
      const [value, time] = values[i] as readonly [unknown, number];
      const { key } = state.put(state.find(keys[i]), keys[i], value, time);
      if (keysInPanes) came.set(time, [...(came.get(time) ?? []), key]);
      if (i % STATE_SLICE === STATE_SLICE - 1) yield undefined;
    }
  }
  if (keysInPanes && left + came.size > 0) state.panes = movedPanes(state, came);
}

/** Panes without keys that are gone, and with those that came; new ones, since a second attempt begins with the old. */
function movedPanes(state: KeyedState, came: ReadonlyMap<number, readonly unknown[]>): readonly Pane[] {
  const panes = new Map<number, Pane>();
  for (const pane of state.panes) {
    const pieces = pane.pieces.map((piece) => piece.keys.filter((key) => lives(state, key)));
    const isSame = pieces.every((keys, i) => keys.length === pane.pieces[i]!.keys.length);
    const kept = isSame ? pane.pieces : pieces.filter((keys) => keys.length > 0).map(pieceOf);
    if (kept.length > 0) panes.set(pane.time, isSame ? pane : { ...pane, pieces: kept, found: null });
  }
  for (const [time, keys] of came)
    panes.set(time, { time, pieces: [...(panes.get(time)?.pieces ?? []), pieceOf(keys)], found: null });
  return [...panes.values()].sort((a, b) => a.time - b.time);
}

function lives(state: KeyedState, key: unknown): boolean {
  return state.entries.get(lookupKey(key))?.dead === false;
}

function pieceOf(keys: readonly unknown[]): Columns {
  return { keys, values: new Array<null>(keys.length).fill(null), unique: true };
}
