// biome-ignore-all lint/suspicious/noExplicitAny: records of random types
import * as user from './functions.ts';
import { canon, weight } from './functions.ts';
import type { Node, Program } from './program.ts';

/*
 * A second, stupid implementation: plain arrays, no plan, no stages, no code of the engine. It follows the rules of
 * Spark Streaming as `behaviours.md` numbers them. Records of a batch are in the order that is promised, if any is;
 * partitions are right where their layout is promised, and one where it is not.
 */

type Records = any[];
/** Partitions of a batch; null: there is none (R4). */
export type Parts = Records[] | null;
type One = (x: any) => any;
type Two = (a: any, b: any) => any;
type State = Map<string, { readonly key: any; readonly value: any; readonly time: number }>;
/** The batches of an operator's inputs, all records of the first, the time, the name of its function. */
type Given = { node: Node; a: Records[]; b: Records[]; c: Records[]; all: Records; time: number; fn: string };

/** What a batch fails with: the message is the code. */
export class Failure extends Error {}

const self: One = (x) => x;
const counted: One = (x) => [x, 1];
const plus: Two = (a, b) => a + b;
const minus: Two = (a, b) => a - b;

/** Pairs by key, keys in order of first appearance, values in their order. */
function group(records: Records): Map<string, { readonly key: any; readonly values: any[] }> {
  const groups = new Map<string, { readonly key: any; readonly values: any[] }>();
  for (const [key, value] of records) {
    const id = canon(key);
    if (!groups.has(id)) groups.set(id, { key, values: [] });
    groups.get(id)?.values.push(value);
  }
  return groups;
}

const byKey = (records: Records, f: One): Records => [...group(records).values()].map((g) => [g.key, f(g.values)]);
const distinct = (values: any[]): any[] => [...new Map(values.map((v) => [canon(v), v])).values()];
const reduced = (records: Records, f: Two): Records => (records.length === 0 ? [] : [records.reduce(f)]);
const pairsOf = (state: State): Records => [...state.values()].map(({ key, value }) => [key, value]);
const settle = (node: Node, records: Records, sort: One = user.sortList): Records =>
  node.sorted ? records.map(([k, v]) => [k, sort(v)]) : records;

/** Records over n partitions. */
const cut = (records: readonly any[], n: number): Records[] => {
  const from = (p: number) => Math.floor((p * records.length) / n);
  return Array.from({ length: n }, (_, p) => records.slice(from(p), from(p + 1)));
};

/** Null, booleans, numbers (NaN last), strings, arrays by element and length. */
function compare(a: any, b: any): number {
  const rank = (x: any) => (x === null ? 0 : 1 + ['boolean', 'number', 'string', 'object'].indexOf(typeof x));
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (Array.isArray(a)) {
    const at = a.findIndex((x, i) => i < b.length && compare(x, b[i]) !== 0);
    return at < 0 ? a.length - b.length : compare(a[at], b[at]);
  }
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}
const sortBy = (records: Records, f: One, ascending = true): Records =>
  [...records].sort((a, b) => (ascending ? 1 : -1) * compare(f(a), f(b)));

/** Aggregates over all values at once. */
const aggregates: Record<string, One> = {
  count: (vs) => vs.length,
  sum: (vs) => vs.reduce(plus, 0),
  average: (vs) => vs.reduce(plus, 0) / vs.length,
  minMax: (vs) => (vs.length === 0 ? null : { min: sortBy(vs, self)[0], max: sortBy(vs, self, false)[0] }),
  topK: (vs) => sortBy(vs, self, false).slice(0, 2),
  topKBy: (vs) => sortBy(vs, (v) => [weight(v) % 3, v], false).slice(0, 3),
  distinct,
  approximateDistinct: (vs) => distinct(vs).length,
  fromMax: (vs) => Math.max(...vs),
  fromSum: (vs) => vs.reduce(plus),
  listed: self,
};

const partitionwise: Record<string, (records: Records, index: number) => Records> = {
  each: (p) => p.map(weight),
  keep: self,
  reverse: (p) => [...p].reverse(),
  count: (p) => [p.length],
  first: (p) => p.slice(0, 1),
  indexed: (p, i) => p.map((r) => [i, r]),
};

/** Operators that look at the batches of one time only. */
const stateless: Record<string, (given: Given) => Records[]> = {
  window: ({ a }) => a,
  map: ({ a, fn }) => a.map((p) => p.map(user.maps[fn].fn)),
  mapValues: ({ a, fn }) => a.map((p) => p.map(([k, v]) => [k, user.maps[fn].fn(v)])),
  filter: ({ a, fn }) => a.map((p) => p.filter(user.filters[fn])),
  flatMap: ({ a, fn }) => a.map((p) => p.flatMap((r) => [...user.flatMaps[fn].fn(r)])),
  flatMapValues({ a, fn }) {
    const several: One = ([k, v]) => [...user.flatMaps[fn].fn(v)].map((x: any) => [k, x]);
    return a.map((p) => p.flatMap(several));
  },
  mapPartitions: ({ a, fn }) => a.map(partitionwise[fn]),
  glom: ({ a }) => a.map((p) => [p]),
  repartition: ({ all }) => [all],
  partitionBy: ({ all }) => [all],
  union: ({ a, b, c }) => [...a, ...b, ...c],
  reduce: ({ all, fn }) => [reduced(all, user.reducers[fn].fn)],
  count: ({ all }) => [[all.length]],
  countByValue: ({ all }) => [byKey(all.map(counted), aggregates.count)],
  aggregate: ({ all, fn }) => [[aggregates[fn](all)]],
  reduceByKey: ({ all, fn }) => [byKey(all, (vs) => vs.reduce(user.reducers[fn].fn))],
  groupByKey: ({ all, node }) => [settle(node, byKey(all, self))],
  combineByKey({ all, node, fn }) {
    const { create, add } = user.combiners[fn];
    const combine: One = ([v, ...vs]) => vs.reduce(add, create(v));
    return [settle(node, byKey(all, combine))];
  },
  aggregateByKey: ({ all, node, fn }) => [settle(node, byKey(all, aggregates[fn]))],
  joinBroadcast({ a, node, fn }) {
    const find = (k: any) => user.tables[fn].rows.find(([key]) => canon(key) === canon(k))?.[1] ?? null;
    return a.map((p) => p.map(([k, v]) => [k, [v, find(k)]]).filter(([, [, x]]) => node.flag || x !== null));
  },
  cogroup: ({ all, b, node }) => [settle(node, cogroup(all, b.flat()), user.sortLists)],
  join({ all, b, fn }) {
    const or = (vs: any[], keeps: RegExp) => (vs.length === 0 && keeps.test(fn) ? [null] : vs);
    const pairs: One = ([x, y]) => or(x, /right|full/).flatMap((l) => or(y, /left|full/).map((r) => [l, r]));
    return [cogroup(all, b.flat()).flatMap(([k, sides]) => pairs(sides).map((v: any) => [k, v]))];
  },
  transform: (given) => transforms[given.fn](given),
  transformWith: (given) => transforms[given.fn](given),
};

function cogroup(left: Records, right: Records): Records {
  const [x, y] = [group(left), group(right)];
  const keys = new Map([...x, ...y].map(([id, { key }]) => [id, key]));
  return [...keys].map(([id, key]) => [key, [x.get(id)?.values ?? [], y.get(id)?.values ?? []]]);
}

/** Whether a record is in the other batch. */
const among = (b: Records[], f = self): One => {
  const there = new Set(b.flat().map((r) => canon(f(r))));
  return (r) => there.has(canon(f(r)));
};

/** Inside transform and transformWith. */
const transforms: Record<string, (given: Given) => Records[]> = {
  sortSelf: ({ all, node }) => [sortBy(all, self, node.flag)],
  sortWeight: ({ all, node }) => [sortBy(all, (r) => weight(r) % 5, node.flag)],
  sortByKey: ({ all, node }) => [sortBy(all, ([k]) => k, node.flag)],
  zipWithIndex({ a }) {
    let i = 0;
    return a.map((p) => p.map((r) => [r, i++]));
  },
  distinct: ({ all }) => [distinct(all)],
  subtract: ({ all, b }) => [all.filter((r) => !among(b)(r))],
  subtractByKey: ({ all, b }) => [all.filter((r) => !among(b, ([k]) => k)(r))],
  intersection: ({ all, b }) => [distinct(all.filter(among(b)))],
  cartesian: ({ all, b }) => [all.flatMap((l) => b.flat().map((r) => [l, r]))],
  union: ({ a, b }) => [...a, ...b],
  third: ({ a, b, c }) => [...c, ...a, ...b],
  unionRows: ({ a, b, node }) => [...a, ...cut(b.flat(), node.n ?? 1)],
  time: ({ a, time }) => a.map((p) => p.map((r) => [time, r])),
  coalesce: ({ all }) => [all],
  groupBy({ all, node }) {
    const keyed = all.map((r) => [weight(r) % 3, r]);
    return [settle(node, byKey(keyed, self))];
  },
  chain({ all, time }) {
    const values = all.map((r) => [weight(r) % 3, weight(r) + time * 1000]).filter(([, x]) => x % 2 === 0);
    return [byKey([...values, [0, 5], [1, 7]], aggregates.sum)];
  },
};

/** What there is to know about a program, asked for batch by batch. */
export class Oracle {
  readonly #program: Program;
  readonly #slides: number[];
  readonly #memo = new Map<string, Parts>();
  /** State of each node after its last batch; none before the first. */
  readonly #states = new Map<number, State>();
  readonly #snapshots = new Map<string, Records>();

  constructor(program: Program) {
    this.#program = program;
    this.#slides = program.sources.map(() => 1);
    for (const node of program.nodes) this.#slides.push(node.s ?? this.#slides[node.in[0]]);
  }

  /** The batch of a stream at a time, counted in batches. @throws Failure */
  at(stream: number, time: number): Parts {
    const name = `${stream}@${time}`;
    if (!this.#memo.has(name)) this.#memo.set(name, this.#compute(stream, time));
    return this.#memo.get(name) as Parts;
  }

  #compute(stream: number, time: number): Parts {
    const { sources, nodes } = this.#program;
    const node = nodes[stream - sources.length];
    if (node === undefined) {
      const { batches, partitions, bare } = sources[stream];
      const batch = batches[time - 1];
      if (batch === null) return null;
      return bare && !batch?.length ? [] : cut(batch ?? [], partitions);
    }
    const { fn = '', w } = node;
    const stateful = this.#stateful(stream, node, time);
    if (stateful !== undefined) return stateful;
    // A window without inverse is the operator over all records of the window (R25).
    const op = node.op.replace(/(.)((And|(?<=reduce)By)Window|Async)$/, '$1');
    const inputs = w ? [this.#between(node.in[0], time - w, time).flat()] : node.in.map((i) => this.at(i, time));
    const batches = inputs.filter((batch) => batch !== null);
    if (batches.length < inputs.length && (inputs.length > 1 || op === 'transform')) throw new Failure('MR_NO_BATCH');
    if (batches.length < inputs.length) return null;
    const [a, b = node.rows === undefined ? [] : [[...node.rows]], c = []] = batches;
    return stateless[op]({ node, a, b, c, all: a.flat(), time, fn });
  }

  /** What operators with state give; undefined for others. */
  #stateful(stream: number, node: Node, time: number): Parts | undefined {
    const [input] = node.in;
    const { fn: reduce, inverse = minus } = user.reducers[node.fn ?? ''] ?? { fn: plus };
    const by = { reduce, inverse, filter: user.pairFilters[node.filter ?? ''] };
    const slide = (pair: One) => this.#slide(stream, node, time, { ...by, pair });
    switch (node.op) {
      case 'countByWindow':
        return [slide(() => [null, 1]).map(([, v]) => v)];
      case 'countByValueAndWindow':
        by.filter = ([, n]) => n !== 0;
        return [slide(counted)];
      case 'reduceByWindow':
        return node.inverse ? [slide((r) => [null, r]).map(([, v]) => v)] : undefined;
      case 'reduceByKeyAndWindow':
        return node.inverse ? [slide(self)] : undefined;
      case 'updateStateByKey':
        return this.#update(stream, node, time);
      case 'mapWithState':
        return [this.#mapWithState(stream, node, time)];
      case 'dedupe':
        return [this.#dedupe(stream, node, time)];
      case 'stateSnapshots':
        return this.at(input, time) && [this.#snapshots.get(`${input}@${time}`) as Records];
    }
    return undefined;
  }

  /** The batches in (from, to], oldest first (R22); missing ones are skipped (R4). */
  #between(stream: number, from: number, to: number): Records[][] {
    const times = Array.from({ length: to }, (_, i) => i + 1).filter((t) => t > from && t % this.#slides[stream] === 0);
    return times.map((t) => this.at(stream, t)).filter((batch) => batch !== null);
  }

  /** The state that a batch begins with; it has seen all batches before, whoever asks for which. */
  #before(stream: number, time: number): State | undefined {
    if (time > this.#slides[stream]) this.at(stream, time - this.#slides[stream]);
    return this.#states.get(stream);
  }

  /** R26: new = reduce(inverse(previous, leaving), entering); without a previous value, entering (R27, R28). */
  #slide(
    stream: number,
    node: Node,
    time: number,
    by: { pair: One; reduce: Two; inverse: Two; filter?: One },
  ): Records {
    const { w = 1, s = 1 } = node;
    const next: State = new Map(this.#before(stream, time));
    const pane = (batch: Records[]) => byKey(batch.flat().map(by.pair), (vs) => vs.reduce(by.reduce));
    const panes = (from: number, to: number) =>
      byKeyAgain(this.#between(node.in[0], from, to).flatMap(pane), by.reduce);
    const entering = panes(time - s, time);
    for (const [id, { key, value }] of panes(time - s - w, time - w)) {
      const before = next.get(id);
      if (before !== undefined) next.set(id, { key, value: by.inverse(before.value, value), time });
      else if (!entering.has(id)) throw new Failure('MR_WINDOW_VALUE_MISSING');
    }
    for (const [id, { key, value }] of entering) {
      const before = next.get(id);
      next.set(id, { key, value: before === undefined ? value : by.reduce(before.value, value), time });
    }
    for (const [id, { key, value }] of next) if (by.filter?.([key, value]) === false) next.delete(id);
    this.#states.set(stream, next);
    return pairsOf(next);
  }

  /** R32–R36. Of several initial states for a key the last is used (R35). */
  #update(stream: number, node: Node, time: number): Parts {
    const before = this.#before(stream, time);
    const batch = this.at(node.in[0], time);
    if (batch === null && before === undefined) return null;
    const known = before ?? stateOf(node.rows, time);
    const fresh = group((batch ?? []).flat());
    const { fn, rename = self } = user.updaters[node.fn as string];
    const keys = new Map([...known, ...fresh].map(([id, { key }]) => [id, key]));
    const after = [...keys].map(([id, key]) => [
      rename(key),
      fn(key, fresh.get(id)?.values ?? [], known.get(id)?.value ?? null, time),
    ]);
    this.#states.set(
      stream,
      stateOf(
        after.filter(([, value]) => value !== null && value !== undefined),
        time,
      ),
    );
    return [pairsOf(this.#states.get(stream) as State)];
  }

  /** The first of each key passes; the key counts as seen until its time to live is over. From the beginning each time. */
  #dedupe(stream: number, { in: [input], fn = '', timeout }: Node, time: number): Records {
    const seen = new Map<string, number>();
    const passes = (id: string, t: number) => t >= (seen.get(id) ?? Number.NEGATIVE_INFINITY) + Number(timeout);
    let out: Records = [];
    for (let t = this.#slides[stream]; t <= time; t += this.#slides[stream]) {
      const first: One = (id) => passes(id, t) && seen.set(id, t);
      out = (this.at(input, t) ?? []).flat().filter((record) => first(canon(user.keyers[fn].fn(record))));
    }
    return out;
  }

  /** R40–R47; records first, then expiries. */
  #mapWithState(stream: number, node: Node, time: number): Records {
    const state = this.#before(stream, time) ?? stateOf(node.rows, time);
    this.#states.set(stream, state);
    const { advanced, fn } = user.stateMappers[node.fn as string];
    const { timeout, check = null } = node;
    const out: Records = [];
    for (const [key, value] of (this.at(node.in[0], time) ?? []).flat()) {
      const view = user.viewOf(state.get(canon(key)), false);
      out.push(fn(key, value, view, time));
      if (view.updated || (timeout && view.there)) state.set(canon(key), { key, value: view.value, time });
      else if (!view.there) state.delete(canon(key));
    }
    const expires = timeout && time % (check ?? 10 * this.#slides[stream]) === 0;
    for (const [id, entry] of state) {
      if (!expires || entry.time >= time - timeout) continue;
      out.push(fn(entry.key, null, user.viewOf(entry, true), time));
      state.delete(id);
    }
    this.#snapshots.set(`${stream}@${time}`, pairsOf(state));
    return out.filter((r) => r !== undefined && !(advanced && r === null));
  }
}

const stateOf = (pairs: any, time: number): State =>
  new Map((pairs ?? []).map(([key, value]: any) => [canon(key), { key, value, time }]));
const byKeyAgain = (pairs: Records, f: Two): State =>
  stateOf(
    byKey(pairs, (vs) => vs.reduce(f)),
    0,
  );
