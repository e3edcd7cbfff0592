import { error } from '../errors/index.ts';
import { lookupKey, ownedKey } from '../data/key.ts';
import type { StateAction } from '../lineage/rdd-node.ts';
import type { Columns } from '../task/columns.ts';

/** State of one key. `dead` entries are gone for the semantics and leave the map when their batch has committed. */
export interface StateEntry {
  readonly key: unknown;
  value: unknown;
  /** Batch time in ms of the last update. */
  time: number;
  dead: boolean;
  /** Attempt that saved the entry last: each is saved once for each attempt. */
  saved: number;
}

/** A pane as the state keeps it: one batch's reduced values, which a window still needs. */
export interface Pane {
  /** Batch time in ms. */
  readonly time: number;
  readonly pieces: readonly Columns[];
}

/**
 * The keyed state of one partition of one operator. A batch changes entries in place and keeps what they were in an undo
 * list; the next batch drops the list, a second attempt at the same batch applies it first. No message says which of both
 * it is: the action's `base`, the batch that this one continues, says it.
 *
 * Removal is a mark until the batch has committed, so that a second attempt sees keys in the order of the first.
 */
export class KeyedState {
  readonly entries = new Map<unknown, StateEntry>();
  /** Panes of a window, oldest first. */
  panes: readonly Pane[] = [];
  /** Batch whose changes are in; null before the first. */
  version: number | null = null;
  #base: number | null = null;
  #attempt = 0;
  #undo: unknown[] = [];
  #inserted: unknown[] = [];
  #dying: unknown[] = [];
  #panesBefore: readonly Pane[] = [];
  #alive = 0;
  #aliveBefore = 0;

  /** Number of keys. */
  get size(): number {
    return this.#alive;
  }

  /**
   * Prepares for a batch: commits or undoes the one before.
   * @throws MR_STATE_LOST when the state is not the one that the batch continues
   */
  begin(action: StateAction, operator: string, slot: number): void {
    const { time, base } = action;
    if (this.version !== base) {
      if (this.version !== null && this.#base === base) this.#rollback();
      else throw error('MR_STATE_LOST', { operator, slot });
    } else {
      this.#commit();
    }
    this.#base = base;
    this.version = time;
    this.#attempt += 1;
    this.#panesBefore = this.panes;
    this.#aliveBefore = this.#alive;
  }

  /** The entry of a key, dead or alive; undefined if there is none. */
  find(key: unknown): StateEntry | undefined {
    return this.entries.get(lookupKey(key));
  }

  /** Remembers what an entry was before this attempt changed it. */
  save(entry: StateEntry): void {
    if (entry.saved === this.#attempt) return;
    entry.saved = this.#attempt;
    this.#undo.push(entry, entry.value, entry.time, entry.dead);
  }

  /** Sets a key's state: revives, replaces or inserts. `entry` is what `find` gave. */
  put(entry: StateEntry | undefined, key: unknown, value: unknown, time: number): void {
    if (entry === undefined) {
      const id = ownedKey(lookupKey(key));
      const own = typeof key === 'string' ? ownedKey(key) : key;
      this.entries.set(id, { key: own, value, time, dead: false, saved: this.#attempt });
      this.#inserted.push(id);
      this.#alive += 1;
      return;
    }
    this.save(entry);
    if (entry.dead) {
      entry.dead = false;
      this.#alive += 1;
    }
    entry.value = value;
    entry.time = time;
  }

  /** Removes a key. */
  kill(entry: StateEntry): void {
    if (entry.dead) return;
    this.save(entry);
    entry.dead = true;
    entry.value = undefined;
    this.#dying.push(entry);
    this.#alive -= 1;
  }

  /** All `[key, value]` that live. */
  pairs(): unknown[] {
    const out = new Array<unknown>(this.#alive);
    let i = 0;
    for (const entry of this.entries.values()) if (!entry.dead) out[i++] = [entry.key, entry.value];
    return out;
  }

  #commit(): void {
    for (const dead of this.#dying) {
      const entry = dead as StateEntry;
      if (entry.dead) this.entries.delete(lookupKey(entry.key));
    }
    this.#clear();
  }

  #rollback(): void {
    const undo = this.#undo;
    for (let i = undo.length - 4; i >= 0; i -= 4) {
      const entry = undo[i] as StateEntry;
      entry.value = undo[i + 1];
      entry.time = undo[i + 2] as number;
      entry.dead = undo[i + 3] as boolean;
    }
    for (const id of this.#inserted) this.entries.delete(id);
    this.panes = this.#panesBefore;
    this.#alive = this.#aliveBefore;
    this.version = this.#base;
    this.#clear();
  }

  #clear(): void {
    // A long list is dropped rather than emptied: its memory follows the keys touched, not the largest batch ever.
    this.#undo = [];
    this.#inserted = [];
    this.#dying = [];
  }
}
