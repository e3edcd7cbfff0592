import { lookupKey } from '../data/key.ts';
import { error } from '../errors/index.ts';
import type { AnyFunction } from '../lineage/function-scope.ts';
import type { StateAction } from '../lineage/rdd-node.ts';
import type { Columns } from '../task/columns.ts';
import type { Sliced } from '../task/slices.ts';
import type { KeyedState, Pane } from './keyed-state.ts';
import type { StateLogic } from './state-logic.ts';

/**
 * Incremental windows keep the reduced value of each batch in the window (a pane) and one running value for each key. A
 * slide costs the keys of the leaving and the entering panes, plus the emission of every key.
 */
abstract class WindowLogic implements StateLogic {
  *apply(state: KeyedState, action: StateAction, sides: readonly (readonly Columns[])[]): Sliced<readonly unknown[]> {
    const entering: Pane[] = (action.entering ?? []).map((time, i) => ({ time, pieces: sides[i] }));
    const panes = [...state.panes, ...entering];
    const [from, to] = action.leaving ?? [1, 0];
    const leaving = panes.filter((p) => p.time >= from && p.time <= to);
    yield* this.slide(state, action.time, leaving, entering);
    const keepFrom = action.keepFrom ?? Number.NEGATIVE_INFINITY;
    state.panes = panes.filter((p) => p.time >= keepFrom);
    return this.emit(state);
  }

  protected abstract slide(
    state: KeyedState,
    time: number,
    leaving: readonly Pane[],
    entering: readonly Pane[],
  ): Sliced<void>;

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
  ): Sliced<void> {
    const reduce = this.#reduce;
    const inverse = this.#inverse;
    const orphans: unknown[] = [];
    for (const { keys, values } of this.#together(leaving)) {
      for (let i = 0; i < keys.length; i++) {
        const entry = state.find(keys[i]);
        if (entry === undefined || entry.dead) orphans.push(keys[i]);
        else state.put(entry, entry.key, inverse(entry.value, values[i]), time);
      }
      yield undefined;
    }
    for (const { keys, values } of this.#together(entering)) {
      for (let i = 0; i < keys.length; i++) {
        const entry = state.find(keys[i]);
        const lives = entry !== undefined && !entry.dead;
        state.put(entry, keys[i], lives ? reduce(entry.value, values[i]) : values[i], time);
      }
      yield undefined;
    }
    for (const key of orphans) {
      const entry = state.find(key);
      if (entry === undefined || entry.dead) throw error('MR_WINDOW_VALUE_MISSING', { operator: this.#operator, key });
    }
  }

  protected emit(state: KeyedState): unknown[] {
    const filter = this.#filter;
    if (filter === null) return state.pairs();
    const out: unknown[] = [];
    for (const entry of state.entries.values()) {
      if (entry.dead) continue;
      const pair = [entry.key, entry.value];
      if (filter(pair)) out.push(pair);
      else state.kill(entry);
    }
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
interface Held {
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
  ): Sliced<void> {
    for (const { pieces } of leaving) {
      for (const { keys, values } of pieces) {
        for (let i = 0; i < keys.length; i++) {
          const entry = state.find(keys[i]);
          if (entry === undefined || entry.dead) continue;
          const held = entry.value as Held;
          if (held.panes === 1) state.kill(entry);
          else state.put(entry, entry.key, { accumulator: this.#subtract(held.accumulator, values[i]), panes: held.panes - 1 }, time);
        }
        yield undefined;
      }
    }
    for (const { pieces } of entering) {
      for (const { keys, values } of pieces) {
        for (let i = 0; i < keys.length; i++) {
          const entry = state.find(keys[i]);
          const held = entry === undefined || entry.dead ? null : (entry.value as Held);
          // merge may change its first argument, and the one that is held may be needed again: begin with a fresh one.
          const base = held === null ? this.#create() : this.#merge(this.#create(), held.accumulator);
          const next: Held = { accumulator: this.#merge(base, values[i]), panes: held === null ? 1 : held.panes + 1 };
          state.put(entry, keys[i], next, time);
        }
        yield undefined;
      }
    }
  }

  protected emit(state: KeyedState): unknown[] {
    const out: unknown[] = [];
    for (const entry of state.entries.values()) {
      if (!entry.dead) out.push([entry.key, this.#finish((entry.value as Held).accumulator)]);
    }
    return out;
  }
}
