// biome-ignore-all lint/suspicious/noExplicitAny: records of random types
import {
  canon,
  combiners,
  filters,
  flatMaps,
  maps,
  pairFilters,
  reducers,
  type StateView,
  sortList,
  sortLists,
  stateMappers,
  tables,
  updaters,
  weight,
} from './functions.ts';
import type { Node, Program } from './program.ts';

/*
 * A second, stupid implementation: plain arrays, no plan, no stages, no code of the engine. It follows the rules of
 * Spark Streaming as `behaviours.md` numbers them. Records of a batch are in the order that is promised, if any is;
 * partitions are right where their layout is promised, and one where it is not.
 */

/** Partitions of a batch; null: there is none (R4). */
export type Parts = any[][] | null;

/** What a batch fails with. */
export class Failure extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

interface Group {
  readonly key: any;
  readonly values: any[];
}
interface Entry {
  readonly key: any;
  value: any;
  time: number;
}

/** Pairs by key, keys in order of first appearance, values in their order. */
function group(records: readonly any[]): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const [key, value] of records) {
    const id = canon(key);
    if (!groups.has(id)) groups.set(id, { key, values: [] });
    groups.get(id)?.values.push(value);
  }
  return groups;
}

const byKey = (records: readonly any[], f: (values: any[]) => any): any[] =>
  [...group(records).values()].map(({ key, values }) => [key, f(values)]);
const distinct = (values: readonly any[]): any[] => [...new Map(values.map((v) => [canon(v), v])).values()];

/** Null, booleans, numbers (NaN last), strings, arrays by element and length. */
function compare(a: any, b: any): number {
  const rank = (x: any) =>
    x === null ? 0 : typeof x === 'boolean' ? 1 : typeof x === 'number' ? 2 : typeof x === 'string' ? 3 : 4;
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (Array.isArray(a)) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) if (compare(a[i], b[i]) !== 0) return compare(a[i], b[i]);
    return a.length - b.length;
  }
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}
const sortBy = (records: readonly any[], f: (r: any) => any, ascending = true) =>
  [...records].sort((a, b) => (ascending ? 1 : -1) * compare(f(a), f(b)));

/** Aggregates over all values at once. */
const aggregates: Record<string, (values: any[]) => any> = {
  count: (vs) => vs.length,
  sum: (vs) => vs.reduce((a, b) => a + b, 0),
  average: (vs) => vs.reduce((a, b) => a + b, 0) / vs.length,
  minMax: (vs) => (vs.length === 0 ? null : { min: sortBy(vs, (v) => v)[0], max: sortBy(vs, (v) => v, false)[0] }),
  topK: (vs) => sortBy(vs, (v) => v, false).slice(0, 2),
  topKBy: (vs) => sortBy(vs, (v) => [weight(v) % 3, v], false).slice(0, 3),
  distinct: (vs) => [...group(vs.map((v) => [v, 0])).values()].map((g) => g.key),
  approximateDistinct: (vs) => distinct(vs).length,
  fromMax: (vs) => (vs.length === 0 ? undefined : Math.max(...vs)),
  fromSum: (vs) => (vs.length === 0 ? undefined : vs.reduce((a, b) => a + b)),
  listed: (vs) => vs,
};

export class Oracle {
  readonly #program: Program;
  readonly #slides: number[];
  readonly #memo = new Map<string, Parts>();
  /** State of a node: the last time it ran, and its entries. */
  readonly #states = new Map<number, { time: number; entries: Map<string, Entry> | null }>();
  readonly #snapshots = new Map<string, any[]>();

  constructor(program: Program) {
    this.#program = program;
    this.#slides = program.sources.map(() => 1);
    for (const node of program.nodes) this.#slides.push(node.s ?? this.#slides[node.in[0]]);
  }

  slideOf(stream: number): number {
    return this.#slides[stream];
  }

  /** The batch of a stream at a time, counted in batches. @throws Failure */
  at(stream: number, time: number): Parts {
    const name = `${stream}@${time}`;
    if (!this.#memo.has(name)) this.#memo.set(name, this.#compute(stream, time));
    return this.#memo.get(name) as Parts;
  }

  /** Times in (from, to] at which a stream may have a batch. */
  times(stream: number, from: number, to: number): number[] {
    return Array.from({ length: to }, (_, i) => i + 1).filter((t) => t > from && t % this.#slides[stream] === 0);
  }

  /** The batches of a window, oldest first (R22); missing ones are skipped (R4). */
  #window(stream: number, from: number, to: number): any[][][] {
    return this.times(stream, from, to).flatMap((t) => {
      const batch = this.at(stream, t);
      return batch === null ? [] : [batch];
    });
  }

  #compute(stream: number, time: number): Parts {
    const { sources, nodes } = this.#program;
    if (stream < sources.length) {
      const { batches, partitions: n, bare } = sources[stream];
      const batch = batches[time - 1];
      if (batch === null) return null;
      const records = batch ?? [];
      if (bare && records.length === 0) return [];
      return Array.from({ length: n }, (_, p) =>
        records.slice(Math.floor((p * records.length) / n), Math.floor(((p + 1) * records.length) / n)),
      );
    }
    const node = nodes[stream - sources.length];
    const [first] = node.in;
    const w = node.w ?? 0;
    const window = () => this.#window(first, time - w, time).flat();
    switch (node.op) {
      case 'window':
        return window();
      case 'groupByKeyAndWindow':
        return [
          settle(
            node,
            byKey(window().flat(), (vs) => vs),
          ),
        ];
      case 'aggregateByKeyAndWindow':
        return [settle(node, byKey(window().flat(), aggregates[node.fn as string]))];
      case 'reduceByWindow': {
        const { fn, inverse } = reducers[node.fn as string];
        if (node.inverse)
          return [this.#inverse(stream, node, time, (r) => [null, r], fn, inverse as any, null).map(([, v]) => v)];
        return [reduced(window().flat(), fn)];
      }
      case 'countByWindow':
        return [
          this.#inverse(
            stream,
            node,
            time,
            () => [null, 1],
            (a, b) => a + b,
            (a, b) => a - b,
            null,
          ).map(([, v]) => v),
        ];
      case 'countByValueAndWindow':
        return [
          this.#inverse(
            stream,
            node,
            time,
            (r) => [r, 1],
            (a, b) => a + b,
            (a, b) => a - b,
            ([, n]) => n !== 0,
          ),
        ];
      case 'reduceByKeyAndWindow': {
        const { fn, inverse } = reducers[node.fn as string];
        if (!node.inverse) return [byKey(window().flat(), (vs) => vs.reduce(fn))];
        return [
          this.#inverse(
            stream,
            node,
            time,
            (r) => r,
            fn,
            inverse as any,
            node.filter ? pairFilters[node.filter] : null,
          ),
        ];
      }
      case 'updateStateByKey':
        return this.#stepwise(stream, time, (t) => this.#update(stream, node, t));
      case 'mapWithState':
        return this.#stepwise(stream, time, (t) => [this.#mapWithState(stream, node, t)]);
      case 'stateSnapshots':
        this.at(first, time);
        return [this.#snapshots.get(`${first}@${time}`) as any[]];
    }
    const batches = node.in.map((i) => this.at(i, time));
    if (batches.some((b) => b === null)) {
      if (batches.length > 1 || node.op.startsWith('transform')) throw new Failure('MR_NO_BATCH');
      return null;
    }
    return stateless(node, batches as any[][][], time);
  }

  /** A stateful stream sees all its batches in the order of time, whoever asks for which. */
  #stepwise(stream: number, time: number, step: (t: number) => Parts): Parts {
    const before = time - this.#slides[stream];
    if (before > 0) this.at(stream, before);
    return step(time);
  }

  #stateOf(stream: number): { time: number; entries: Map<string, Entry> | null } {
    if (!this.#states.has(stream)) this.#states.set(stream, { time: 0, entries: null });
    return this.#states.get(stream) as { time: number; entries: Map<string, Entry> | null };
  }

  /** R26: new = reduce(inverse(previous, leaving), entering); without a previous value, entering (R27, R28). */
  #inverse(
    stream: number,
    node: Node,
    time: number,
    pairOf: (r: any) => any,
    reduce: (a: any, b: any) => any,
    inverse: (a: any, b: any) => any,
    filter: ((pair: any) => boolean) | null,
  ): any[] {
    const [input] = node.in;
    const { w = 1, s = 1 } = node;
    if (time - s > 0) this.at(stream, time - s);
    const state = this.#stateOf(stream);
    const together = (from: number, to: number) =>
      group(this.#window(input, from, to).flatMap((b) => byKey(b.flat().map(pairOf), (vs) => vs.reduce(reduce))));
    const leaving = together(time - s - w, time - w);
    const entering = together(time - s, time);
    const next = new Map(state.entries);
    for (const [id, { key, values }] of leaving) {
      const before = next.get(id);
      if (before !== undefined) next.set(id, { key, value: inverse(before.value, values.reduce(reduce)), time });
      else if (!entering.has(id)) throw new Failure('MR_WINDOW_VALUE_MISSING');
    }
    for (const [id, { key, values }] of entering) {
      const before = next.get(id);
      const value = values.reduce(reduce);
      next.set(id, { key, value: before === undefined ? value : reduce(before.value, value), time });
    }
    if (filter !== null) for (const [id, { key, value }] of next) if (!filter([key, value])) next.delete(id);
    state.entries = next;
    return [...next.values()].map(({ key, value }) => [key, value]);
  }

  /** The state before a node's first batch, of several for a key the last (R35, R47). */
  #begin(stream: number, node: Node, time: number): Map<string, Entry> {
    const state = this.#stateOf(stream);
    state.entries ??= new Map(((node.rows ?? []) as any[]).map(([key, value]) => [canon(key), { key, value, time }]));
    return state.entries;
  }

  /** R32–R36. */
  #update(stream: number, node: Node, time: number): Parts {
    const batch = this.at(node.in[0], time);
    if (batch === null && this.#stateOf(stream).entries === null) return null;
    const before = this.#begin(stream, node, time);
    const { fn, rename = (k: any) => k } = updaters[node.fn as string];
    const fresh = group((batch ?? []).flat());
    const after = new Map<string, Entry>();
    for (const id of new Set([...before.keys(), ...fresh.keys()])) {
      const known = before.get(id);
      const given = fresh.get(id);
      const key = known?.key ?? given?.key ?? null;
      const value = fn(key, given?.values ?? [], known?.value ?? null, time);
      if (value !== null && value !== undefined) after.set(canon(rename(key)), { key: rename(key), value, time });
    }
    this.#stateOf(stream).entries = after;
    return [[...after.values()].map(({ key, value }) => [key, value])];
  }

  /** R40–R47; records first, then expiries. */
  #mapWithState(stream: number, node: Node, time: number): any[] {
    const entries = this.#begin(stream, node, time);
    const { advanced, fn } = stateMappers[node.fn as string];
    const out: any[] = [];
    const emit = (result: any) => {
      if (result !== undefined && !(advanced && result === null)) out.push(result);
    };
    for (const [key, value] of (this.at(node.in[0], time) ?? []).flat()) {
      const id = canon(key);
      const before = entries.get(id);
      const view = new View(before, false);
      emit(fn(key, value, view, time));
      if (view.updated || (node.timeout && view.exists()))
        entries.set(id, { key: before?.key ?? key, value: view.value, time });
      else if (!view.exists()) entries.delete(id);
    }
    const check = node.check ?? 10 * this.#slides[stream];
    if (node.timeout && time % check === 0) {
      for (const [id, entry] of entries) {
        if (entry.time >= time - node.timeout) continue;
        emit(fn(entry.key, null, new View(entry, true), time));
        entries.delete(id);
      }
    }
    this.#snapshots.set(
      `${stream}@${time}`,
      [...entries.values()].map(({ key, value }) => [key, value]),
    );
    return out;
  }
}

class View implements StateView {
  value: any;
  updated = false;
  #there: boolean;
  readonly #late: boolean;
  constructor(entry: Entry | undefined, late: boolean) {
    this.#there = entry !== undefined;
    this.value = entry?.value;
    this.#late = late;
  }
  exists = () => this.#there;
  get = () => this.value;
  getOption = () => (this.#there ? this.value : null);
  update(state: any) {
    this.value = state;
    this.#there = this.updated = true;
  }
  remove() {
    this.#there = this.updated = false;
  }
  isTimingOut = () => this.#late;
}

const reduced = (records: readonly any[], f: (a: any, b: any) => any): any[] =>
  records.length === 0 ? [] : [records.reduce(f)];
const settle = (node: Node, records: any[]): any[] =>
  node.sorted ? records.map(([k, v]) => [k, (node.op === 'cogroup' ? sortLists : sortList)(v)]) : records;

/** Operators that look at the batches of one time only. */
function stateless(node: Node, batches: any[][][], time: number): any[][] {
  const [a, b] = batches;
  const all = a.flat();
  const fn = node.fn as string;
  const each = (f: (records: any[]) => any[]) => a.map(f);
  switch (node.op) {
    case 'map':
      return each((p) => p.map(maps[fn].fn));
    case 'mapValues':
      return each((p) => p.map(([k, v]) => [k, maps[fn].fn(v)]));
    case 'filter':
      return each((p) => p.filter(filters[fn]));
    case 'flatMap':
      return each((p) => p.flatMap((r) => [...flatMaps[fn].fn(r)]));
    case 'flatMapValues':
      return each((p) => p.flatMap(([k, v]) => [...flatMaps[fn].fn(v)].map((x) => [k, x])));
    case 'mapPartitions':
      if (fn === 'each') return each((p) => p.map(weight));
      if (fn === 'keep') return a;
      if (fn === 'reverse') return each((p) => [...p].reverse());
      if (fn === 'count') return each((p) => [p.length]);
      return fn === 'first' ? each((p) => p.slice(0, 1)) : a.map((p, i) => p.map((r) => [i, r]));
    case 'glom':
      return each((p) => [p]);
    case 'repartition':
    case 'partitionBy':
      return [all];
    case 'union':
      return batches.flat();
    case 'reduce':
      return [reduced(all, reducers[fn].fn)];
    case 'count':
      return [[all.length]];
    case 'countByValue':
      return [
        byKey(
          all.map((r) => [r, 1]),
          (vs) => vs.length,
        ),
      ];
    case 'aggregate':
      return [[aggregates[fn](all)]];
    case 'reduceByKey':
      return [byKey(all, (vs) => vs.reduce(reducers[fn].fn))];
    case 'groupByKey':
      return [
        settle(
          node,
          byKey(all, (vs) => vs),
        ),
      ];
    case 'combineByKey': {
      const { create, add } = combiners[fn];
      return [
        settle(
          node,
          byKey(all, ([v, ...vs]) => vs.reduce(add, create(v))),
        ),
      ];
    }
    case 'aggregateByKey':
      return [settle(node, byKey(all, aggregates[fn]))];
    case 'joinBroadcast': {
      const found = (k: any) => tables[fn].rows.find(([key]) => canon(key) === canon(k))?.[1] ?? null;
      return each((p) => p.map(([k, v]) => [k, [v, found(k)]]).filter(([, [, x]]) => node.flag || x !== null));
    }
    case 'cogroup':
    case 'join': {
      const [left, right] = [group(all), group(b.flat())];
      const ids = [...new Set([...left.keys(), ...right.keys()])];
      const rows = ids.map((id): [any, [any[], any[]]] => [
        (left.get(id) ?? right.get(id))?.key,
        [left.get(id)?.values ?? [], right.get(id)?.values ?? []],
      ]);
      if (node.op === 'cogroup') return [settle(node, rows)];
      const or = (vs: any[], keeps: boolean) => (vs.length === 0 && keeps ? [null] : vs);
      return [
        rows.flatMap(([k, [x, y]]) =>
          or(x, fn === 'right' || fn === 'full').flatMap((l) =>
            or(y, fn === 'left' || fn === 'full').map((r) => [k, [l, r]]),
          ),
        ),
      ];
    }
    case 'transform':
      return transform(node, a, [node.rows as any[]], time);
    case 'transformWith':
      return fn === 'third' ? [...batches[2], ...a, ...b] : transform(node, a, b, time);
  }
  throw new TypeError(`the oracle knows no ${node.op}`);
}

function transform(node: Node, a: any[][], b: any[][], time: number): any[][] {
  const all = a.flat();
  const { n = 1, flag = false } = node;
  const other = new Set((b ?? []).flat().map(canon));
  switch (node.fn) {
    case 'sortSelf':
      return [sortBy(all, (r) => r, flag)];
    case 'sortWeight':
      return [sortBy(all, (r) => weight(r) % 5, flag)];
    case 'sortByKey':
      return [sortBy(all, ([k]) => k, flag)];
    case 'zipWithIndex': {
      let i = 0;
      return a.map((p) => p.map((r) => [r, i++]));
    }
    case 'distinct':
      return [distinct(all)];
    case 'subtract':
      return [all.filter((r) => !other.has(canon(r)))];
    case 'intersection':
      return [distinct(all.filter((r) => other.has(canon(r))))];
    case 'cartesian':
      return [all.flatMap((l) => b.flat().map((r) => [l, r]))];
    case 'union':
      return [...a, ...b];
    case 'unionRows': {
      const [rows] = b;
      return [
        ...a,
        ...Array.from({ length: n }, (_, p) =>
          rows.slice(Math.floor((p * rows.length) / n), Math.floor(((p + 1) * rows.length) / n)),
        ),
      ];
    }
    case 'time':
      return a.map((p) => p.map((r) => [time, r]));
    case 'coalesce':
      return [all];
    case 'groupBy':
      return [
        settle(
          node,
          byKey(
            all.map((r) => [weight(r) % 3, r]),
            (vs) => vs,
          ),
        ),
      ];
    case 'subtractByKey': {
      const keys = new Set(b.flat().map(([k]) => canon(k)));
      return [all.filter(([k]) => !keys.has(canon(k)))];
    }
    case 'chain': {
      const values = all.map((r) => [weight(r) % 3, weight(r) + time * 1000]).filter(([, x]) => x % 2 === 0);
      return [byKey([...values, [0, 5], [1, 7]], (vs) => vs.reduce((x, y) => x + y, 0))];
    }
  }
  throw new TypeError(`the oracle knows no ${node.fn}`);
}
