import {
  aggregateRules,
  combiners,
  depth,
  filters,
  flatMaps,
  isInexact,
  isPair,
  isSortable,
  keyers,
  keyType,
  list,
  maps,
  opt,
  pair,
  reducers,
  sameType,
  stateMappers,
  type Type,
  tables,
  updaters,
  valueType,
} from './functions.ts';

/*
 * A random program is plain data: it is the params of the one job module, the input of the oracle, and what is printed
 * when it fails. Times are counted in batches.
 */

/** Where a source's batches come from: arrays, sealed blocks of lines (strings only), or ranges that tasks read. */
export type SourceKind = 'live' | 'blocks' | 'range';
export interface Source {
  readonly kind: SourceKind;
  readonly type: Type;
  readonly partitions: number;
  /** An empty batch has no partition at all, rather than empty ones. */
  readonly bare: boolean;
  /** Null: no batch. */
  readonly batches: readonly (readonly unknown[] | null)[];
}

/** Layout of key operators: a number of partitions by hash, or the custom partitioner of so many; null: the default. */
export type Part = { readonly n: number; readonly custom: boolean } | null;

/** One operator. Which of the fields it has depends on `op`. */
export interface Node {
  readonly op: string;
  /** Indices of the streams that go in: sources first, then nodes. */
  readonly in: readonly number[];
  readonly fn?: string;
  readonly n?: number;
  readonly part?: Part;
  /** Window and slide. */
  readonly w?: number;
  readonly s?: number;
  /** Lists whose order nobody promises are sorted at once, so that the oracle can go on. */
  readonly sorted?: boolean;
  readonly flag?: boolean;
  readonly inverse?: boolean;
  readonly filter?: string | null;
  /** What is cut from an aggregate. */
  readonly cut?: 'merge' | 'subtract' | null;
  readonly rows?: readonly unknown[];
  readonly timeout?: number | null;
  readonly check?: number | null;
  /** Keys in memory where the checkpoint's store has the state; for jobs that have one. */
  readonly cacheKeys?: number;
}

/** How an output looks at its batches. `late` does not, for the first two of them. */
export type Mode = 'collect' | 'parts' | 'twice' | 'late' | 'driver' | 'take';
export interface Output {
  readonly node: number;
  readonly mode: Mode;
}

export interface Program {
  readonly batches: number;
  readonly parallelism: number;
  /** False: all batch times are due at once. */
  readonly stepwise: boolean;
  readonly concurrentJobs: number;
  readonly sources: readonly Source[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly Output[];
  readonly persist: readonly number[];
}

/** How much of the order of records is promised: nothing, the order of a key's values, everything. */
export const NO_ORDER = 0;
export const KEY_ORDER = 1;
export const FULL_ORDER = 2;

/** What can be said of a stream before it runs. */
export interface Info {
  readonly type: Type;
  readonly slide: number;
  /** True if it may have no batch at a time where others have. */
  readonly nullable: boolean;
  readonly order: number;
  /** True if the oracle knows which record is in which partition. */
  readonly laid: boolean;
  /** False if the result depends on an order or a choice that nobody promises: engines agree, the oracle cannot know. */
  readonly known: boolean;
  /** About how many records a batch has at most. */
  readonly size: number;
  /** True if there is state behind it. */
  readonly past: boolean;
  /** Type of the state of mapWithState. */
  readonly state?: Type;
}

const MAX_SIZE = 3000;
const MAX_DEPTH = 6;
/** Up to so many values an approximate count is exact. */
const EXACT = 500;

/** What comes out of a node; null if it cannot stand there. */
export function infer(node: Node, inputs: readonly Info[]): Info | null {
  if (inputs.length === 0 || inputs.some((i) => i === undefined)) return null;
  const info = inferOp(node, inputs);
  if (info === null || info.size > MAX_SIZE || depth(info.type) > MAX_DEPTH) return null;
  const past =
    inputs.some((i) => i.past) ||
    /State|dedupe/.test(node.op) ||
    (/Window/.test(node.op) && node.op !== 'groupByKeyAndWindow');
  return { ...info, past, known: info.known && inputs.every((i) => i.known) };
}

const unify = (a: Type, b: Type): Type => {
  if (sameType(a, b)) return a;
  if (isPair(a) && isPair(b)) return pair(unify(keyType(a), keyType(b)), unify(valueType(a), valueType(b)));
  return 'any';
};

function inferOp(node: Node, inputs: readonly Info[]): Info | null {
  const [a, b] = inputs;
  const t = a.type;
  const k = isPair(t) ? keyType(t) : 'any';
  const v = isPair(t) ? valueType(t) : 'any';
  const fn = node.fn ?? '';
  const perRecord = { ...a, state: undefined, order: a.order === FULL_ORDER ? FULL_ORDER : NO_ORDER };
  const shuffled = { ...a, state: undefined, laid: false, order: KEY_ORDER };
  const w = node.w ?? a.slide;
  const windowed = { slide: node.s ?? a.slide, nullable: false, size: (a.size * w) / a.slide };
  const keyed = a.order >= KEY_ORDER || node.sorted === true;
  const meets = () => inputs.every((i) => i.slide === a.slide && !i.nullable);
  switch (node.op) {
    case 'mapAsync':
    case 'map': {
      const type = maps[fn]?.type(t) ?? null;
      return type === null ? null : { ...perRecord, type };
    }
    case 'mapValues': {
      const type = isPair(t) ? (maps[fn]?.type(v) ?? null) : null;
      return type === null ? null : { ...a, state: undefined, type: pair(k, type) };
    }
    case 'filterAsync':
    case 'filter':
      return fn in filters ? { ...a, state: undefined } : null;
    case 'flatMap': {
      const type = flatMaps[fn]?.type(t) ?? null;
      return type === null ? null : { ...perRecord, type, size: a.size * 3 };
    }
    case 'flatMapValues': {
      const type = isPair(t) ? (flatMaps[fn]?.type(v) ?? null) : null;
      return type === null ? null : { ...a, state: undefined, type: pair(k, type), size: a.size * 3 };
    }
    case 'mapPartitions':
      if (fn === 'each') return { ...perRecord, type: 'int' };
      if (fn === 'keep') return { ...a, state: undefined };
      if (fn === 'reverse') return { ...perRecord, order: a.laid ? perRecord.order : NO_ORDER };
      return { ...perRecord, type: fn === 'count' ? 'int' : fn === 'indexed' ? pair('int', t) : t, known: a.laid };
    case 'glom':
      return { ...perRecord, type: list(t), known: a.laid && a.order === FULL_ORDER };
    case 'repartition':
      return { ...perRecord, order: NO_ORDER, laid: false };
    case 'union': {
      if (!meets() || inputs.length < 2) return null;
      const order = Math.min(...inputs.map((i) => i.order));
      const size = inputs.reduce((n, i) => n + i.size, 0);
      const type = inputs.map((i) => i.type).reduce(unify);
      return {
        ...a,
        state: undefined,
        type,
        size,
        order: isPair(type) || order === FULL_ORDER ? order : NO_ORDER,
        laid: order === FULL_ORDER && inputs.every((i) => i.laid),
      };
    }
    case 'reduce': {
      const reducer = reducers[fn];
      if (!reducer?.accepts(t)) return null;
      return {
        ...perRecord,
        size: 1,
        order: FULL_ORDER,
        laid: true,
        known: reducesKnown(reducer.ordered, fn, t, a.order === FULL_ORDER),
      };
    }
    case 'count':
      return { ...perRecord, type: 'int', size: 1, order: FULL_ORDER, laid: true };
    case 'aggregate': {
      const rule = aggregateRules[fn];
      // A reduction of nothing is undefined, which no operator takes.
      if (!rule?.accepts(t) || fn.startsWith('from')) return null;
      if (fn === 'approximateDistinct' && a.size > EXACT) return null;
      return {
        ...perRecord,
        type: rule.type(t),
        size: 1,
        order: FULL_ORDER,
        laid: true,
        known: reducesKnown(rule.ordered, fn, t, a.order === FULL_ORDER),
      };
    }
    case 'dedupe': {
      if (!keyers[fn]?.accepts(t)) return null;
      const firstIsKnown = fn === 'value' || a.order === FULL_ORDER || (fn === 'key' && keyed);
      const order = fn === 'key' ? Math.min(a.order, KEY_ORDER) : NO_ORDER;
      return { ...shuffled, nullable: false, order, known: firstIsKnown };
    }
    case 'countByValue':
      return { ...shuffled, type: pair(t, 'int') };
    case 'stateSnapshots':
      if (a.state === undefined) return null;
      return { ...shuffled, type: pair(k === 'any' ? 'any' : k, a.state) };
  }
  if (node.op === 'transform' || node.op === 'transformWith') return inferTransform(node, inputs, meets());
  switch (node.op) {
    case 'window':
      return { ...a, ...windowed, state: undefined };
    case 'reduceByWindow': {
      const reducer = reducers[fn];
      if (!reducer?.accepts(t) || (node.inverse && !reducer.inverse)) return null;
      return {
        ...perRecord,
        ...windowed,
        size: 1,
        order: FULL_ORDER,
        laid: true,
        known: reducesKnown(reducer.ordered, fn, t, a.order === FULL_ORDER),
      };
    }
    case 'countByWindow':
      return { ...perRecord, ...windowed, type: 'int', size: 1, order: FULL_ORDER, laid: true };
    case 'countByValueAndWindow':
      return { ...shuffled, ...windowed, type: pair(t, 'int') };
  }
  if (!isPair(t)) return null;
  switch (node.op) {
    case 'reduceByKey': {
      const reducer = reducers[fn];
      return reducer?.accepts(v) ? { ...shuffled, known: reducesKnown(reducer.ordered, fn, v, keyed) } : null;
    }
    case 'groupByKey':
      return { ...shuffled, type: pair(k, list(v)), known: keyed };
    case 'combineByKey': {
      const combiner = combiners[fn];
      return combiner?.accepts(v)
        ? { ...shuffled, type: pair(k, combiner.type(v)), known: reducesKnown(combiner.ordered, fn, v, keyed) }
        : null;
    }
    case 'aggregateByKey':
    case 'aggregateByKeyAndWindow': {
      const rule = aggregateRules[fn];
      if (!rule?.accepts(v)) return null;
      if (fn === 'approximateDistinct' && (a.size * w) / a.slide > EXACT) return null;
      // Distinct values that stay in a window keep the place of those that left.
      const ordered = node.op === 'aggregateByKey' ? keyed : fn === 'distinct' ? node.sorted === true : keyed;
      const from = node.op === 'aggregateByKey' ? shuffled : { ...shuffled, ...windowed };
      return { ...from, type: pair(k, rule.type(v)), known: reducesKnown(rule.ordered, fn, v, ordered) };
    }
    case 'partitionBy':
      return { ...shuffled, order: Math.min(a.order, KEY_ORDER) };
    case 'joinBroadcast': {
      const table = tables[fn];
      if (table === undefined || (table.shape === 'object' && k !== 'str')) return null;
      return { ...a, state: undefined, type: pair(k, pair(v, node.flag ? opt('str') : 'str')) };
    }
    case 'updateStateByKey': {
      const updater = updaters[fn];
      if (!updater?.accepts(v) || updater.keys?.(k) === false) return null;
      return {
        ...shuffled,
        size: a.size * 6,
        type: pair(k, updater.state(v)),
        known: reducesKnown(updater.ordered, fn, v, keyed),
      };
    }
    case 'mapWithState': {
      const mapper = stateMappers[fn];
      if (!mapper?.accepts(v)) return null;
      const type = mapper.output(k, v);
      return {
        ...shuffled,
        nullable: false,
        size: a.size * 2,
        type,
        state: mapper.state(v),
        order: isPair(type) ? Math.min(KEY_ORDER, a.order) : NO_ORDER,
        known: reducesKnown(mapper.ordered, fn, v, keyed),
      };
    }
    case 'groupByKeyAndWindow':
      return { ...shuffled, ...windowed, type: pair(k, list(v)), known: keyed };
    case 'reduceByKeyAndWindow': {
      const reducer = reducers[fn];
      if (!reducer?.accepts(v) || (node.inverse && !reducer.inverse)) return null;
      return { ...shuffled, ...windowed, known: reducesKnown(reducer.ordered, fn, v, keyed) };
    }
    case 'cogroup':
    case 'join': {
      if (b === undefined || !meets() || !isPair(b.type)) return null;
      const u = valueType(b.type);
      const order = Math.min(a.order, b.order, KEY_ORDER);
      const key = unify(k, keyType(b.type));
      if (node.op === 'cogroup') {
        return {
          ...shuffled,
          type: pair(key, pair(list(v), list(u))),
          size: a.size + b.size,
          known: order >= KEY_ORDER || node.sorted === true,
        };
      }
      const left = fn === 'right' || fn === 'full' ? opt(v) : v;
      const right = fn === 'left' || fn === 'full' ? opt(u) : u;
      return { ...shuffled, order, type: pair(key, pair(left, right)), size: a.size * b.size + a.size + b.size };
    }
  }
  return null;
}

function inferTransform(node: Node, inputs: readonly Info[], meets: boolean): Info | null {
  if (!meets) return null;
  const [a, b] = inputs;
  const t = a.type;
  const base = { ...a, state: undefined };
  const rows = node.rows?.length ?? 0;
  const loose = { ...base, order: NO_ORDER, laid: false };
  if (node.op === 'transformWith') {
    if (b === undefined) return null;
    switch (node.fn) {
      case 'union': {
        const type = unify(t, b.type);
        const order = Math.min(a.order, b.order);
        return {
          ...base,
          type,
          size: a.size + b.size,
          order: isPair(type) || order === FULL_ORDER ? order : NO_ORDER,
          laid: order === FULL_ORDER && a.laid && b.laid,
        };
      }
      case 'subtract':
      case 'intersection':
        return loose;
      case 'cartesian':
        return a.size * b.size > 600 ? null : { ...loose, type: pair(t, b.type), size: a.size * b.size };
      case 'subtractByKey':
        return isPair(t) && isPair(b.type) ? { ...loose, order: Math.min(a.order, KEY_ORDER) } : null;
      case 'third': {
        const c = inputs[2];
        return c === undefined
          ? null
          : {
              ...base,
              type: unify(unify(c.type, t), b.type),
              size: a.size + b.size + c.size,
              order: Math.min(a.order, b.order, c.order) === FULL_ORDER ? FULL_ORDER : NO_ORDER,
              laid: false,
            };
      }
    }
    return null;
  }
  switch (node.fn) {
    case 'sortSelf':
      return isSortable(t) ? { ...base, order: FULL_ORDER, laid: false } : null;
    case 'sortWeight':
      return { ...base, order: a.order === FULL_ORDER ? FULL_ORDER : NO_ORDER, laid: false };
    case 'sortByKey':
      return isPair(t) && isSortable(keyType(t))
        ? { ...base, order: a.order >= KEY_ORDER ? FULL_ORDER : NO_ORDER, laid: false }
        : null;
    case 'zipWithIndex':
      return {
        ...base,
        order: a.order === FULL_ORDER ? FULL_ORDER : NO_ORDER,
        type: pair(t, 'int'),
        known: a.order === FULL_ORDER,
      };
    case 'distinct':
      return loose;
    case 'sample':
      return { ...base, order: a.order === FULL_ORDER ? FULL_ORDER : NO_ORDER, known: false, size: a.size * 3 };
    case 'subtract':
    case 'intersection':
      return loose;
    case 'cartesian':
      return { ...loose, type: pair(t, 'any'), size: a.size * rows };
    case 'unionRows':
      return {
        ...base,
        type: 'any',
        size: a.size + rows,
        order: a.order === FULL_ORDER ? FULL_ORDER : NO_ORDER,
        laid: a.laid && a.order === FULL_ORDER,
      };
    case 'time':
      return { ...base, type: pair('int', t), order: a.order === FULL_ORDER ? FULL_ORDER : NO_ORDER };
    case 'coalesce':
      return { ...base, order: a.order, laid: false };
    case 'groupBy':
      return {
        ...loose,
        type: pair('int', list(t)),
        order: KEY_ORDER,
        known: a.order === FULL_ORDER || node.sorted === true,
      };
    case 'chain':
      return { ...loose, type: pair('int', 'int'), order: KEY_ORDER };
  }
  return null;
}

/** Whether a reduction gives the same whatever the order of its values, or the order is promised. */
function reducesKnown(ordered: boolean, fn: string, t: Type, inOrder: boolean): boolean {
  const adds = ['sum', 'average', 'sumCount', 'total', 'each', 'fromSum', 'running'].includes(fn);
  return (!ordered || inOrder) && !(adds && isInexact(t));
}

export function inferSource(source: Source): Info {
  return {
    type: source.type,
    slide: 1,
    nullable: source.batches.includes(null),
    order: FULL_ORDER,
    laid: true,
    known: true,
    past: false,
    size: Math.max(1, ...source.batches.map((batch) => batch?.length ?? 0)),
  };
}

/** What can be said of all streams of a program. */
export function inferAll(program: Program): Info[] {
  const infos = program.sources.map(inferSource);
  for (const node of program.nodes) {
    const info = infer(
      node,
      node.in.map((i) => infos[i]),
    );
    if (info === null)
      throw new Error(`no program: ${JSON.stringify(node)} after ${JSON.stringify(node.in.map((i) => infos[i]))}`);
    infos.push(info);
  }
  return infos;
}
