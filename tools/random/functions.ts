/*
 * The functions that random programs are made of, by name: the user's code, so to speak. Jobs and the oracle both call
 * them. They are pure, change no argument, and are associative where they reduce. Imports nothing.
 */

/** Type of the records of a stream. `any` is a mixture, of which nothing is known. */
export type Type =
  | 'int'
  | 'float'
  | 'str'
  | 'obj'
  | 'any'
  | readonly ['pair', Type, Type]
  | readonly ['list', Type]
  | readonly ['opt', Type];

export type Kind = 'pair' | 'list' | 'opt' | 'scalar';
export const kindOf = (t: Type): Kind => (typeof t === 'string' ? 'scalar' : t[0]);
export const pair = (k: Type, v: Type): Type => ['pair', k, v];
export const list = (t: Type): Type => ['list', t];
export const opt = (t: Type): Type => (kindOf(t) === 'opt' ? t : ['opt', t]);
export const sameType = (a: Type, b: Type): boolean => JSON.stringify(a) === JSON.stringify(b);
export const keyType = (t: Type): Type => t[1] as Type;
export const valueType = (t: Type): Type => t[2] as Type;
export const isPair = (t: Type): boolean => kindOf(t) === 'pair';
/** Floats do not add up the same in every order. */
export const isInexact = (t: Type): boolean => JSON.stringify(t).includes('float');
/** Types for whose values the order of sorts is promised. */
export const isSortable = (t: Type): boolean => !/obj|any/.test(JSON.stringify(t));
export const depth = (t: Type): number =>
  typeof t === 'string' ? 0 : 1 + Math.max(...t.slice(1).map((x) => depth(x as Type)));

/** The text of a value: equal exactly for values that are equal, -0 being 0 and the order of properties no matter. */
export function canon(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canon).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    if (value instanceof Map || value instanceof Set) return `${value.constructor.name}${canon([...value])}`;
    const record = value as Record<string, unknown>;
    return `{${Object.keys(record)
      .sort()
      .map((k) => `${JSON.stringify(k)}:${canon(record[k])}`)
      .join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return `#${value}`;
  return value === undefined ? '#undefined' : JSON.stringify(value);
}

/** A small number that depends on the whole value. */
export function weight(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return Math.abs(value) % 97;
  const text = canon(value);
  let n = 0;
  for (let i = 0; i < text.length; i++) n = (n * 31 + text.charCodeAt(i)) % 97;
  return n;
}

const byCanon = (a: unknown, b: unknown) => {
  const [x, y] = [canon(a), canon(b)];
  return x < y ? -1 : x > y ? 1 : 0;
};
const sorted = (values: readonly unknown[]) => [...values].sort(byCanon);
const larger = (a: unknown, b: unknown) => (byCanon(a, b) < 0 ? b : a);

// biome-ignore lint/suspicious/noExplicitAny: records of any type go through these tables
type V = any;
type Fn = (value: V) => V;
/** `type` says what comes out for what goes in; null: not for such records. */
export interface Mapper {
  readonly type: (t: Type) => Type | null;
  readonly fn: Fn;
}
const any = (to: Type | ((t: Type) => Type), fn: Fn): Mapper => ({
  type: (t) => (typeof to === 'function' ? to(t) : to),
  fn,
});
const only = (from: Type, to: Type, fn: Fn): Mapper => ({ type: (t) => (t === from ? to : null), fn });
const pairs = (to: (k: Type, v: Type) => Type, fn: Fn): Mapper => ({
  type: (t) => (isPair(t) ? to(keyType(t), valueType(t)) : null),
  fn,
});
const lists = (to: (t: Type) => Type, fn: Fn): Mapper => ({
  type: (t) => (kindOf(t) === 'list' ? to(t[1] as Type) : null),
  fn,
});

/** One value to one. */
export const maps: Record<string, Mapper> = {
  keyInt: any(
    (t) => pair('int', t),
    (x) => [weight(x) % 4, x],
  ),
  weigh: any('int', weight),
  keyStr: any(
    (t) => pair('str', t),
    (x) => [`k${weight(x) % 3}`, x],
  ),
  ones: any(
    (t) => pair(t, 'int'),
    (x) => [x, 1],
  ),
  inc: only('int', 'int', (x) => x + 1),
  signed: any('int', (x) => (weight(x) % 11) - 5),
  text: any('str', (x) => `t${weight(x) % 10}`),
  same: any(
    (t) => t,
    (x) => x,
  ),
  keyTuple: any(
    (t) => pair(pair('int', 'str'), t),
    (x) => [[weight(x) % 2, `s${weight(x) % 3}`], x],
  ),
  keyObject: any(
    (t) => pair('obj', t),
    (x) => [{ b: `o${weight(x) % 2}`, a: weight(x) % 2 }, x],
  ),
  keyNull: any(
    (t) => pair(opt('int'), t),
    (x) => [weight(x) % 2 === 0 ? null : 0, x],
  ),
  keyMixed: any(
    (t) => pair('any', t),
    (x) => [[1, '1', [1], null, '\u0001[1]', 'constructor', '__proto__', true][weight(x) % 8], x],
  ),
  weighed: any(
    (t) => pair(t, 'int'),
    (x) => [x, weight(x)],
  ),
  byWeight: any(pair('int', 'int'), (x) => [weight(x) % 4, weight(x)]),
  tenth: any('float', (x) => weight(x) / 10),
  third: any(pair('str', 'float'), (x) => [`f${weight(x) % 2}`, weight(x) / 3]),
  object: any('obj', (x) => ({ w: weight(x) % 5, s: `ü${weight(x) % 2}`, n: null, inner: [weight(x) % 2] })),
  upper: only('str', 'str', (x) => x.toUpperCase()),
  long: any('str', (x) => `${'long '.repeat(weight(x) % 9)}${weight(x) % 4}`),
  wrap: any(list, (x) => [x]),
  maybe: any(opt, (x) => (weight(x) % 3 === 0 ? null : x)),
  swap: pairs(
    (k, v) => pair(v, k),
    ([k, v]) => [v, k],
  ),
  key: pairs(
    (k) => k,
    ([k]) => k,
  ),
  value: pairs(
    (_k, v) => v,
    ([, v]) => v,
  ),
  size: lists(
    () => 'int',
    (x) => x.length,
  ),
  sortList: lists(list, sorted),
};

/** One value to any number. */
export const flatMaps: Record<string, Mapper> = {
  dup: any(
    (t) => t,
    (x) => [x, x],
  ),
  maybe: any(
    (t) => t,
    (x) => (weight(x) % 2 === 0 ? [x] : []),
  ),
  none: any(
    (t) => t,
    () => [],
  ),
  range: any('int', (x) => Array.from({ length: weight(x) % 4 }, (_, i) => i)),
  set: any(
    (t) => t,
    (x) => new Set([x]),
  ),
  generated: any('int', function* (x) {
    for (let i = 0; i < weight(x) % 3; i++) yield i * 2;
  }),
  flatten: lists(
    (t) => t,
    (x) => x,
  ),
  letters: only('str', 'str', (x) => x.slice(0, 5)),
  both: any(pair('str', 'int'), (x) => [
    ['a', weight(x) % 5],
    ['b', 1],
  ]),
};

export const filters: Record<string, (value: V) => boolean> = {
  even: (x) => weight(x) % 2 === 0,
  most: (x) => weight(x) % 5 !== 0,
  all: () => true,
  nothing: () => false,
};

/** Filters of incremental windows. */
export const pairFilters: Record<string, (pair: V) => boolean> = {
  even: (x) => weight(x) % 2 === 0,
  nonZero: ([, v]) => v !== 0 && v?.length !== 0,
};

/** What becomes of lists whose order nobody promises; of the two lists of a cogroup. */
export const sortList = (value: V): V => sorted(value);
export const sortLists = ([a, b]: V): V => [sorted(a), sorted(b)];

/** Two of a kind to one, associative. `ordered`: not commutative. */
export interface Reducer {
  readonly accepts: (t: Type) => boolean;
  readonly ordered: boolean;
  readonly fn: (a: V, b: V) => V;
  readonly inverse?: (a: V, b: V) => V;
}
const isNumber = (t: Type) => t === 'int' || t === 'float';
export const reducers: Record<string, Reducer> = {
  sum: { accepts: isNumber, ordered: false, fn: (a, b) => a + b, inverse: (a, b) => a - b },
  larger: { accepts: (t) => !isInexact(t), ordered: false, fn: larger },
  max: { accepts: isNumber, ordered: false, fn: (a, b) => Math.max(a, b) },
  xor: { accepts: (t) => t === 'int', ordered: false, fn: (a, b) => a ^ b, inverse: (a, b) => a ^ b },
  concat: { accepts: (t) => t === 'str', ordered: true, fn: (a, b) => a + b, inverse: (a, b) => a.slice(b.length) },
  append: {
    accepts: (t) => kindOf(t) === 'list',
    ordered: true,
    fn: (a, b) => [...a, ...b],
    inverse: (a, b) => a.slice(b.length),
  },
  first: { accepts: () => true, ordered: true, fn: (a) => a },
  last: { accepts: () => true, ordered: true, fn: (_a, b) => b },
};

/** Spark's combineByKey in three functions. */
export interface Combiner {
  readonly accepts: (t: Type) => boolean;
  readonly ordered: boolean;
  readonly type: (v: Type) => Type;
  readonly create: Fn;
  readonly add: (c: V, v: V) => V;
  readonly merge: (a: V, b: V) => V;
}
export const combiners: Record<string, Combiner> = {
  sumCount: {
    accepts: (t) => t === 'int',
    ordered: false,
    type: () => pair('int', 'int'),
    create: (v) => [v, 1],
    add: ([s, n], v) => [s + v, n + 1],
    merge: (a, b) => [a[0] + b[0], a[1] + b[1]],
  },
  count: {
    accepts: () => true,
    ordered: false,
    type: () => 'int',
    create: () => 1,
    add: (n) => n + 1,
    merge: (a, b) => a + b,
  },
  list: {
    accepts: () => true,
    ordered: true,
    type: list,
    create: (v) => [v],
    add: (c, v) => [...c, v],
    merge: (a, b) => [...a, ...b],
  },
};

/** What is known of an aggregate without running it. */
export interface AggregateRule {
  readonly accepts: (t: Type) => boolean;
  readonly ordered: boolean;
  readonly type: (v: Type) => Type;
}
export const aggregateRules: Record<string, AggregateRule> = {
  count: { accepts: () => true, ordered: false, type: () => 'int' },
  sum: { accepts: isNumber, ordered: false, type: (t) => t },
  average: { accepts: isNumber, ordered: false, type: () => 'float' },
  minMax: { accepts: isSortable, ordered: false, type: () => 'obj' },
  topK: { accepts: isSortable, ordered: false, type: list },
  topKBy: { accepts: isSortable, ordered: false, type: list },
  distinct: { accepts: () => true, ordered: true, type: list },
  approximateDistinct: { accepts: () => true, ordered: false, type: () => 'int' },
  fromMax: { accepts: (t) => t === 'int', ordered: false, type: () => 'int' },
  fromSum: { accepts: (t) => t === 'int', ordered: false, type: () => 'int' },
  listed: { accepts: () => true, ordered: true, type: list },
};

/** Update functions of updateStateByKey: (key, values, state, time in batches). Null or undefined drops the key. */
export interface Updater {
  readonly form: 'values' | 'time' | 'partitions';
  readonly accepts: (v: Type) => boolean;
  readonly ordered: boolean;
  readonly state: (v: Type) => Type;
  /** Set where the function may give keys another name: for which key types. */
  readonly rename?: (key: V) => V;
  readonly keys?: (k: Type) => boolean;
  readonly fn: (key: V, values: V[], state: V | null, time: number) => V;
}
const plus = (a: number, b: number) => a + b;
const addAll = (values: number[], from: number | null) => values.reduce(plus, from ?? 0);
export const updaters: Record<string, Updater> = {
  total: {
    form: 'values',
    accepts: (v) => v === 'int',
    ordered: false,
    state: () => 'int',
    fn: (_k, vs, s) => addAll(vs, s),
  },
  count: {
    form: 'values',
    accepts: () => true,
    ordered: false,
    state: () => 'int',
    fn: (_k, vs, s) => vs.length + (s ?? 0),
  },
  evict: {
    form: 'values',
    accepts: () => true,
    ordered: false,
    state: () => 'int',
    fn: (_k, vs, s) => (vs.length + (s ?? 0) > 3 ? null : vs.length + (s ?? 0)),
  },
  idle: {
    form: 'values',
    accepts: () => true,
    ordered: false,
    state: () => 'int',
    fn: (_k, vs, s) => (vs.length === 0 ? undefined : vs.length + (s ?? 0)),
  },
  recent: {
    form: 'values',
    accepts: () => true,
    ordered: true,
    state: list,
    fn: (_k, vs, s) => [...(s ?? []), ...vs].slice(-3),
  },
  lastSeen: {
    form: 'time',
    accepts: () => true,
    ordered: false,
    state: () => pair('int', 'int'),
    fn: (k, vs, s, t) => (vs.length > 0 ? [t, weight(k)] : t - s[0] > 2 ? null : s),
  },
  each: {
    form: 'partitions',
    accepts: (v) => v === 'int',
    ordered: false,
    state: () => 'int',
    fn: (_k, vs, s) => addAll(vs, s),
  },
  thin: {
    form: 'partitions',
    accepts: () => true,
    ordered: false,
    state: () => 'int',
    fn: (_k, vs, s) => (vs.length + (s ?? 0) > 2 ? null : vs.length + (s ?? 0)),
  },
  rename: {
    form: 'partitions',
    accepts: () => true,
    ordered: false,
    state: () => 'int',
    keys: (k) => k === 'int',
    rename: (k) => k + 1,
    fn: (_k, vs, s) => vs.length + (s ?? 0),
  },
};

/** Keys of dedupe. `value` is the record itself: whichever of equal ones passes, it is the same. */
export const keyers: Record<string, { readonly accepts: (t: Type) => boolean; readonly fn: (record: V) => V }> = {
  value: { accepts: () => true, fn: (r) => r },
  key: { accepts: isPair, fn: (r) => r[0] },
  weight: { accepts: () => true, fn: (r) => weight(r) % 5 },
  object: { accepts: () => true, fn: (r) => ({ w: weight(r) % 7, of: [null, weight(r) % 2] }) },
};

/** What the function of mapWithState gets to see of a state. */
export interface StateView {
  exists(): boolean;
  get(): V;
  getOption(): V;
  update(state: V): void;
  remove(): void;
  isTimingOut(): boolean;
}
/** A state as the oracle shows it to the function; `late` when it is timing out. */
export function viewOf(entry: { readonly value: V } | undefined, late: boolean) {
  const set = (there: boolean, value: V) => void Object.assign(view, { there, value, updated: there });
  const view = {
    there: entry !== undefined,
    value: entry?.value,
    updated: false,
    exists: () => view.there,
    get: () => view.value,
    getOption: () => (view.there ? view.value : null),
    update: (state: V) => set(true, state),
    remove: () => set(false, null),
    isTimingOut: () => late,
  };
  return view;
}

export interface StateMapper {
  /** (key, value, state), or with the time first: then null and undefined emit nothing. */
  readonly advanced: boolean;
  readonly accepts: (v: Type) => boolean;
  readonly ordered: boolean;
  readonly state: (v: Type) => Type;
  readonly output: (k: Type, v: Type) => Type;
  readonly fn: (key: V, value: V | null, state: StateView, time: number) => V;
}
export const stateMappers: Record<string, StateMapper> = {
  seen: {
    advanced: false,
    accepts: () => true,
    ordered: false,
    state: () => 'int',
    output: (k) => pair(k, 'int'),
    fn: (k, _v, s) => {
      if (s.isTimingOut()) return [k, -s.get()];
      s.update((s.getOption() ?? 0) + 1);
      return [k, s.get()];
    },
  },
  running: {
    advanced: false,
    accepts: (v) => v === 'int',
    ordered: true,
    state: () => 'int',
    output: (k) => pair(k, opt('int')),
    fn: (k, v, s) => {
      if (s.isTimingOut()) return [k, null];
      s.update((s.exists() ? s.get() : 0) + v);
      return [k, s.get()];
    },
  },
  toggle: {
    advanced: false,
    accepts: () => true,
    ordered: false,
    state: () => 'int',
    output: () => 'str',
    fn: (k, _v, s) => {
      if (s.isTimingOut()) return `out ${weight(k)}`;
      if (s.exists()) s.remove();
      else s.update(weight(k));
      return `${s.exists()} ${weight(k)}`;
    },
  },
  third: {
    advanced: true,
    accepts: () => true,
    ordered: false,
    state: () => 'int',
    output: (k) => pair(k, 'int'),
    fn: (k, _v, s, t) => {
      if (s.isTimingOut()) return [k, t];
      const n = (s.getOption() ?? 0) + 1;
      if (n === 3) s.remove();
      else s.update(n);
      return n === 1 ? null : n === 2 ? undefined : [k, t];
    },
  },
  reader: {
    advanced: true,
    accepts: () => true,
    ordered: true,
    state: (v) => v,
    output: (k, v) => pair(k, opt(v)),
    fn: (k, v, s) => {
      if (s.isTimingOut()) return [k, s.get()];
      if (weight(v) % 3 === 0) s.remove();
      else if (weight(v) % 3 === 1) s.update(v);
      return [k, s.getOption()];
    },
  },
};

/** Tables of joinBroadcast, in each of the shapes that one may have. */
export const tables: Record<
  string,
  { readonly key: Type; readonly shape: 'map' | 'pairs' | 'object'; readonly rows: readonly [V, string][] }
> = {
  ints: {
    key: 'int',
    shape: 'map',
    rows: [
      [0, 'zero'],
      [2, 'two'],
      [3, 'three'],
    ],
  },
  tuples: {
    key: pair('int', 'str'),
    shape: 'pairs',
    rows: [
      [[0, 's1'], 'x'],
      [[1, 's0'], 'y'],
    ],
  },
  strings: {
    key: 'str',
    shape: 'object',
    rows: [
      ['k0', 'nought'],
      ['k2', 'two'],
    ],
  },
};

/** A custom partitioner. */
export const choosePartition = (key: unknown, n: number): number => (weight(key) * 7) % n;
