import { type LookupKey, lookupKey, ownedKey, storableKey } from '../data/key.ts';
import { error } from '../errors/index.ts';
import type { StateAction } from '../lineage/rdd-node.ts';
import type { StateBase } from './saved-state.ts';
import { badSections } from './sections.ts';
import type { StateDelta } from './state-delta.ts';
import type { Pane, StateEntry } from './state-entry.ts';
import { StateSweep } from './state-sweep.ts';
import { changeOf, type StoredChange, type StoredEntry } from './stored-state.ts';

/** Each slice of a sweep is at least this share of the keys, so that it ends however large the state is. */
const SWEEP_SLICES = 128;

/** The value of a dead entry. */
const GONE = Symbol('gone');

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
  #tracksTime = false;
  /** Entries that this attempt changed, with their value and time before. */
  #undo: StateEntry[] = [];
  #valuesBefore: unknown[] = [];
  #timesBefore: number[] = [];
  #inserted: unknown[] = [];
  #dying: StateEntry[] = [];
  #panesBefore: readonly Pane[] = [];
  #alive = 0;
  #aliveBefore = 0;
  /** Reads all of it, batch after batch; null while nobody wants it. */
  #sweep: StateSweep | null = null;
  /** Up to here deltas may update keys that are not there; see `StateDelta.sweptUntil`. */
  #sweptUntil = Number.NEGATIVE_INFINITY;

  /**
   * Of state that lies in a store: the entries that may expire in this batch, longest ago first. Null where all that there
   * is lies in `entries`.
   */
  expiring: readonly StateEntry[] | null = null;

  /** Number of keys; of those here, where a store has the others. */
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
    // Only keys that may expire are asked when they were touched last.
    this.#tracksTime = action.expireBefore !== undefined;
    this.version = time;
    this.#attempt += 1;
    this.#panesBefore = this.panes;
    this.#aliveBefore = this.#alive;
  }

  /** Takes an entry that a store has, as the last batch left it. Within a batch, before anything is changed in it. */
  admit({ key, value, time }: StoredEntry): StateEntry {
    const entry: StateEntry = { key, value, time, dead: false, saved: 0 };
    this.entries.set(lookupKey(key), entry);
    this.#alive += 1;
    this.#aliveBefore += 1;
    return entry;
  }

  /**
   * Forgets entries until there are at most so many: first those that the last batch has not changed. After `begin`, and
   * only where a store has them.
   */
  evict(limit: number): void {
    const last = this.#attempt - 1;
    for (const sparesLast of [true, false]) {
      let excess = this.entries.size - limit;
      for (const [id, entry] of this.entries) {
        if (excess <= 0) break;
        if (sparesLast && entry.saved === last) continue;
        this.entries.delete(id);
        this.#alive -= 1;
        excess -= 1;
      }
    }
    this.#aliveBefore = this.#alive;
  }

  /** The entry of a key, dead or alive; undefined if there is none. */
  find(key: unknown): StateEntry | undefined {
    return this.entries.get(lookupKey(key)) ?? this.findStorable(key);
  }

  /** The same for a key that was looked for and not found: state goes by keys that a checkpoint can keep. */
  findStorable(key: unknown): StateEntry | undefined {
    // Of other keys the lookup key is that of the storable one.
    return typeof key === 'string' && !key.isWellFormed() ? this.entries.get(lookupKey(key.toWellFormed())) : undefined;
  }

  /** Remembers what an entry was before this attempt changed it. */
  save(entry: StateEntry): void {
    if (entry.saved === this.#attempt) return;
    entry.saved = this.#attempt;
    this.#undo.push(entry);
    this.#valuesBefore.push(entry.value);
    if (this.#tracksTime) this.#timesBefore.push(entry.time);
  }

  /** Sets a key's state: revives, replaces or inserts. `entry` is what `find` gave. Returns the key's entry. */
  put(entry: StateEntry | undefined, key: unknown, value: unknown, time: number): StateEntry {
    if (entry === undefined) {
      const storable = storableKey(key);
      const found = lookupKey(storable);
      const id = ownedKey(found);
      const own = found === storable ? id : storable;
      const fresh: StateEntry = { key: own, value, time, dead: false, saved: this.#attempt };
      this.entries.set(id, fresh);
      this.#inserted.push(id);
      this.#alive += 1;
      return fresh;
    }
    this.save(entry);
    if (entry.dead) {
      entry.dead = false;
      this.#alive += 1;
    }
    entry.value = value;
    entry.time = time;
    return entry;
  }

  /** Removes a key. */
  kill(entry: StateEntry): void {
    if (entry.dead) return;
    this.save(entry);
    entry.dead = true;
    entry.value = GONE;
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

  /** All `[key, value]` as a batch that continues `base` finds them. @throws MR_STATE_LOST */
  pairsBefore(base: number | null, operator: string, slot: number): unknown[] {
    if (this.version !== base) {
      if (this.version === null || this.#base !== base) throw error('MR_STATE_LOST', { operator, slot });
      this.#rollback();
    }
    return this.pairs();
  }

  /**
   * Whether it is known how the batch at a time left this state: it is at that batch, or at one that continues it and may
   * not have committed.
   */
  knows(time: number): boolean {
    return this.version === time || this.#base === time;
  }

  /** The value of a key as a batch that `knows` knows has left it; undefined if there was none. @param id its lookup key */
  valueAt(time: number, id: LookupKey): unknown {
    const entry = this.entries.get(id);
    if (entry === undefined) return undefined;
    if (this.version === time || entry.saved !== this.#attempt) return entry.dead ? undefined : entry.value;
    // What was not saved came in with this attempt.
    const value = this.#valuesBefore[this.#undo.indexOf(entry)];
    return value === GONE ? undefined : value;
  }

  /** All keys as a batch that `knows` knows has left them, in the order of the state; touch times where keys may expire. To be read at once. */
  *pairsAt(time: number): Generator<readonly [key: unknown, value: unknown, touched: number]> {
    const before = this.version === time ? null : new Map(this.#undo.map((e, i) => [e, i]));
    for (const entry of this.entries.values()) {
      if (before === null || entry.saved !== this.#attempt) {
        if (!entry.dead) yield [entry.key, entry.value, entry.time];
        continue;
      }
      const index = before.get(entry);
      if (index === undefined || this.#valuesBefore[index] === GONE) continue;
      yield [entry.key, this.#valuesBefore[index], this.#timesBefore[index] ?? entry.time];
    }
  }

  /** Whether the batch that this state is at has changed the panes. */
  get panesChanged(): boolean {
    return this.panes.length !== this.#panesBefore.length || this.panes.some((p, i) => p !== this.#panesBefore[i]);
  }

  /** What the batch that this state is at has changed. Valid until the next one begins. */
  delta(): StateDelta {
    const removed: unknown[] = [];
    const updated = { keys: [] as unknown[], values: [] as unknown[] };
    const inserted = { keys: [] as unknown[], values: [] as unknown[] };
    const times: number[] = [];
    for (const { key, value, dead } of this.#undo) {
      if (dead) removed.push(key);
      else {
        updated.keys.push(key);
        updated.values.push(value);
      }
    }
    for (const id of this.#inserted) {
      const entry = this.entries.get(id) as StateEntry;
      // Came and went within the batch: nobody will ever have known it.
      if (entry.dead) continue;
      inserted.keys.push(entry.key);
      inserted.values.push(entry.value);
      times.push(entry.time);
    }
    const time = this.version as number;
    const known = new Set(this.#panesBefore);
    return {
      time,
      whole: false,
      removed,
      updated,
      inserted,
      // What has come from another partition was touched before.
      insertedTimes: times.every((touched) => touched === time) ? null : times,
      panes: this.panes.map((p) => p.time),
      newPanes: this.panes.filter((p) => !known.has(p)),
    };
  }

  /** The same for a store that has an entry for each key. @param timed whether it finds them by their last touch */
  changes(operator: string, timed: boolean): StoredChange[] {
    const about = { operator, timed };
    const before = (i: number) => (timed ? this.#timesBefore[i] : null);
    const changed = this.#undo.map((entry, i) => changeOf(entry, lookupKey(entry.key), before(i), about));
    for (const id of this.#inserted) {
      const entry = this.entries.get(id) as StateEntry;
      if (!entry.dead) changed.push(changeOf(entry, id as LookupKey, null, about));
    }
    return changed;
  }

  /**
   * Begins to read all that there is, or goes on with it. Asked when all of a batch is in. A sweep that
   * has read of a batch that is then undone is given up.
   * @param limit keys to look at, or a little more
   * @returns how many it has looked at, and the whole when they were the last
   * @throws MR_NOT_ENCODABLE
   */
  sweep(limit: number, operator: string): { readonly taken: number; readonly base: StateBase | null } {
    const time = this.version as number;
    const { entries, panes } = this;
    const sweep = this.#sweep ?? new StateSweep({ time, entries, panes, keys: this.#alive });
    // One that fails has lost its slice.
    this.#sweep = null;
    sweep.inserted(time, this.#inserted);
    const taken = sweep.take(Math.max(limit, Math.ceil(entries.size / SWEEP_SLICES)), time, operator);
    if (sweep.isOver) return { taken, base: { time: sweep.time, bytes: sweep.bytes(operator) } };
    this.#sweep = sweep;
    return { taken, base: null };
  }

  /**
   * Brings a state up to the batch of a delta. Keys come to lie in the order in which they would have.
   * @throws MR_DECODE where a key is missing
   */
  load({ time, whole, removed, updated, inserted, insertedTimes, panes, newPanes, sweptUntil }: StateDelta): void {
    const { entries } = this;
    this.#commit();
    if (whole) {
      entries.clear();
      this.panes = [];
      this.#sweptUntil = sweptUntil ?? Number.NEGATIVE_INFINITY;
    }
    for (const key of removed) entries.delete(lookupKey(key));
    for (let i = 0; i < updated.keys.length; i++) {
      const entry = entries.get(lookupKey(updated.keys[i]));
      if (entry === undefined) {
        // It was removed before a sweep came to it: one of the next deltas says so.
        if (time <= this.#sweptUntil) continue;
        throw badSections(`a delta of ${time} updates a key that is not there`);
      }
      entry.value = updated.values[i];
      entry.time = time;
    }
    for (let i = 0; i < inserted.keys.length; i++) {
      const given = inserted.keys[i];
      const found = lookupKey(given);
      const id = ownedKey(found);
      const key = found === given ? id : given;
      entries.set(id, { key, value: inserted.values[i], time: insertedTimes?.[i] ?? time, dead: false, saved: 0 });
    }
    const there = new Map(this.panes.map((pane) => [pane.time, pane]));
    for (const { time, pieces } of newPanes) there.set(time, { time, pieces, found: null });
    this.panes = panes.flatMap((time) => there.get(time) ?? []);
    this.version = time;
    this.#alive = entries.size;
  }

  #commit(): void {
    this.#sweep?.inserted(this.version as number, this.#inserted);
    for (const entry of this.#dying) {
      if (entry.dead) this.entries.delete(lookupKey(entry.key));
    }
    this.#clear();
  }

  #rollback(): void {
    // It has read what is now undone.
    if (this.#sweep?.until === this.version) this.#sweep = null;
    this.#undo.forEach((entry, i) => {
      entry.value = this.#valuesBefore[i];
      if (this.#tracksTime) entry.time = this.#timesBefore[i];
      entry.dead = entry.value === GONE;
    });
    for (const id of this.#inserted) this.entries.delete(id);
    this.panes = this.#panesBefore;
    this.#alive = this.#aliveBefore;
    this.version = this.#base;
    this.#clear();
  }

  #clear(): void {
    // A long list is dropped rather than emptied: its memory follows the keys touched, not the largest batch ever.
    this.#undo = [];
    this.#valuesBefore = [];
    this.#timesBefore = [];
    this.#inserted = [];
    this.#dying = [];
  }
}
