import { lookupKey } from '../data/key.ts';
import { error } from '../errors/index.ts';
import type { AnyFunction } from '../lineage/function-scope.ts';
import type { StateAction } from '../lineage/rdd-node.ts';
import type { Columns } from '../task/columns.ts';
import type { Sliced } from '../task/slices.ts';
import { FindAhead } from './find-ahead.ts';
import type { KeyedState } from './keyed-state.ts';
import type { Pane, StateEntry } from './state-entry.ts';
import type { StateLogic } from './state-logic.ts';

/**
 * Incremental windows keep the reduced value of each batch in the window (a pane) and one running value for each key. A
 * slide costs the keys of the leaving and the entering panes, plus the emission of every key.
 */
abstract class WindowLogic implements StateLogic {
  *apply(state: KeyedState, action: StateAction, sides: readonly (readonly Columns[])[]): Sliced<readonly unknown[]> {
    const entering: Pane[] = (action.entering ?? []).map((time, i) => ({ time, pieces: sides[i], found: null }));
    const panes = [...state.panes, ...entering];
    const leaveUpTo = action.leaveUpTo ?? Number.NEGATIVE_INFINITY;
    // All of them: windows between the last one and this may have been left out, or have failed.
    const leaving = panes.filter((p) => p.time <= leaveUpTo);
    const found = yield* this.slide(state, action.time, leaving, entering);
    const kept = panes.filter((p) => p.time > leaveUpTo);
    const newest = kept.length - 1;
    // Entries were found pane by pane only when a single one entered, which is then the newest.
    if (found !== null && newest >= 0 && kept[newest] === entering[0]) kept[newest] = { ...kept[newest], found };
    state.panes = kept;
    return this.emit(state);
  }

  /** Takes panes out and in. Returns the entries of the entering pane's keys, if it is only one. */
  protected abstract slide(
    state: KeyedState,
    time: number,
    leaving: readonly Pane[],
    entering: readonly Pane[],
  ): Sliced<readonly (readonly StateEntry[])[] | null>;

  protected abstract emit(state: KeyedState): unknown[];
}

/**
 * `reduceByKeyAndWindow` with inverse (R26): new = reduce(inverse(previous, reduce(leaving)), reduce(entering)). A key
 * without previous value is reduce(entering), whatever leaves (R27). Keys stay until the filter drops them; the filtered
 * result is the next previous one, and a key whose data leaves after it was dropped is an error (R28).
 */
export class ReduceWindowLogic extends WindowLogic {
  readonly #reduce: AnyFunction;
  readonly #inverse: AnyFunction;
  readonly #filter: AnyFunction | null;
  readonly #operator: string;

  constructor(functions: { reduce: AnyFunction; inverse: AnyFunction; filter: AnyFunction | null }, operator: string) {
    super();
    this.#reduce = functions.reduce;
    this.#inverse = functions.inverse;
    this.#filter = functions.filter;
    this.#operator = operator;
  }

  protected *slide(
    state: KeyedState,
    time: number,
    leaving: readonly Pane[],
    entering: readonly Pane[],
  ): Sliced<readonly (readonly StateEntry[])[] | null> {
    const orphans: unknown[] = [];
    const found = leaving.length === 1 ? leaving[0].found : null;
    let piece = 0;
    for (const columns of this.#together(leaving)) {
      this.#leave(state, time, columns, found === null ? null : found[piece], orphans);
      piece += 1;
      yield undefined;
    }
    const entered: StateEntry[][] = [];
    for (const columns of this.#together(entering)) {
      entered.push(this.#enter(state, time, columns));
      yield undefined;
    }
    for (const key of orphans) {
      const entry = state.find(key);
      if (entry === undefined || entry.dead) throw error('MR_WINDOW_VALUE_MISSING', { operator: this.#operator, key });
    }
    return entering.length === 1 ? entered : null;
  }

  #leave(
    state: KeyedState,
    time: number,
    { keys, values }: Columns,
    found: readonly StateEntry[] | null,
    orphans: unknown[],
  ): void {
    const inverse = this.#inverse;
    const entries = new FindAhead(state, keys);
    for (let i = 0; i < keys.length; i++) {
      let entry: StateEntry | undefined = found === null ? entries.at(i) : found[i];
      if (found !== null && entry?.dead) entry = state.find(keys[i]);
      if (entry === undefined || entry.dead) orphans.push(keys[i]);
      else state.put(entry, entry.key, inverse(entry.value, values[i]), time);
    }
  }

  #enter(state: KeyedState, time: number, { keys, values }: Columns): StateEntry[] {
    const reduce = this.#reduce;
    const entered = new Array<StateEntry>(keys.length);
    const entries = new FindAhead(state, keys);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      const entry = entries.at(i);
      const lives = entry !== undefined && !entry.dead;
      entered[i] = state.put(entry, key, lives ? reduce(entry.value, values[i]) : values[i], time);
    }
    return entered;
  }

  protected emit(state: KeyedState): unknown[] {
    const filter = this.#filter;
    if (filter === null) return state.pairs();
    const out = new Array<unknown>(state.size);
    let at = 0;
    for (const entry of state.entries.values()) {
      if (entry.dead) continue;
      const pair = [entry.key, entry.value];
      if (filter(pair)) out[at++] = pair;
      else state.kill(entry);
    }
    out.length = at;
    return out;
  }

  /** Values of several panes reduced to one for each key, in the panes' order; a single pane needs no work. */
  #together(panes: readonly Pane[]): readonly Columns[] {
    if (panes.length === 0) return [];
    if (panes.length === 1) return panes[0].pieces;
    const reduced = new Map<unknown, { key: unknown; value: unknown }>();
    for (const { pieces } of panes) {
      for (const { keys, values } of pieces) {
        for (let i = 0; i < keys.length; i++) {
          const id = lookupKey(keys[i]);
          const entry = reduced.get(id);
          if (entry === undefined) reduced.set(id, { key: keys[i], value: values[i] });
          else entry.value = this.#reduce(entry.value, values[i]);
        }
      }
    }
    const all = [...reduced.values()];
    return [{ keys: all.map((e) => e.key), values: all.map((e) => e.value) }];
  }
}

/** Running value of a key in an aggregate's window: the accumulator, and in how many panes the key is. */
export interface AggregateHeld {
  readonly accumulator: unknown;
  readonly panes: number;
}

/**
 * `aggregateByKeyAndWindow` for aggregates that can subtract. A key lives exactly as long as a pane of the window has it,
 * so the result is the recomputed one; no filter is needed.
 */
export class AggregateWindowLogic extends WindowLogic {
  readonly #create: () => unknown;
  readonly #merge: AnyFunction;
  readonly #subtract: AnyFunction;
  readonly #finish: AnyFunction;

  constructor(functions: { create: AnyFunction; merge: AnyFunction; subtract: AnyFunction; finish: AnyFunction }) {
    super();
    this.#create = functions.create;
    this.#merge = functions.merge;
    this.#subtract = functions.subtract;
    this.#finish = functions.finish;
  }

  protected *slide(
    state: KeyedState,
    time: number,
    leaving: readonly Pane[],
    entering: readonly Pane[],
  ): Sliced<readonly (readonly StateEntry[])[] | null> {
    for (const { pieces } of leaving) {
      for (const { keys, values } of pieces) {
        const entries = new FindAhead(state, keys);
        for (let i = 0; i < keys.length; i++) {
          const entry = entries.at(i);
          if (entry === undefined || entry.dead) continue;
          const held = entry.value as AggregateHeld;
          if (held.panes === 1) state.kill(entry);
          else
            state.put(
              entry,
              entry.key,
              { accumulator: this.#subtract(held.accumulator, values[i]), panes: held.panes - 1 },
              time,
            );
        }
        yield undefined;
      }
    }
    for (const { pieces } of entering) {
      for (const { keys, values } of pieces) {
        const entries = new FindAhead(state, keys);
        for (let i = 0; i < keys.length; i++) {
          const entry = entries.at(i);
          const held = entry === undefined || entry.dead ? null : (entry.value as AggregateHeld);
          // merge may change its first argument, and the one that is held may be needed again: begin with a fresh one.
          const base = held === null ? this.#create() : this.#merge(this.#create(), held.accumulator);
          const next: AggregateHeld = {
            accumulator: this.#merge(base, values[i]),
            panes: held === null ? 1 : held.panes + 1,
          };
          state.put(entry, keys[i], next, time);
        }
        yield undefined;
      }
    }
    return null;
  }

  protected emit(state: KeyedState): unknown[] {
    const out: unknown[] = [];
    for (const entry of state.entries.values()) {
      if (!entry.dead) out.push([entry.key, this.#finish((entry.value as AggregateHeld).accumulator)]);
    }
    return out;
  }
}
