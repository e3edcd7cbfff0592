import fc from 'fast-check';
import {
  aggregateRules,
  combiners,
  depth,
  filters,
  flatMaps,
  isPair,
  keyers,
  maps,
  reducers,
  stateMappers,
  type Type,
  tables,
  updaters,
} from './functions.ts';
import {
  FULL_ORDER,
  type Info,
  infer,
  inferSource,
  KEY_ORDER,
  type Mode,
  type Node,
  type Part,
  type Program,
  type Source,
  type SourceKind,
} from './program.ts';

/*
 * Programs from tapes. A tape is what fast-check makes and shrinks: lists of small numbers that mean something under any
 * circumstances, because every choice is taken modulo what can be chosen. Leave a step out, and the rest still is a program.
 */

/** Operators, the simplest first. Some stand there twice because they have more to try. */
const OPS = [
  'map',
  'filter',
  'flatMap',
  'mapValues',
  'flatMapValues',
  'mapAsync',
  'filterAsync',
  'mapPartitions',
  'glom',
  'repartition',
  'union',
  'reduce',
  'count',
  'countByValue',
  'aggregate',
  'reduceByKey',
  'groupByKey',
  'combineByKey',
  'aggregateByKey',
  'partitionBy',
  'cogroup',
  'join',
  'joinBroadcast',
  'transform',
  'transform',
  'transformWith',
  'window',
  'reduceByWindow',
  'countByWindow',
  'countByValueAndWindow',
  'reduceByKeyAndWindow',
  'reduceByKeyAndWindow',
  'groupByKeyAndWindow',
  'aggregateByKeyAndWindow',
  'aggregateByKeyAndWindow',
  'updateStateByKey',
  'updateStateByKey',
  'mapWithState',
  'mapWithState',
  'stateSnapshots',
  'dedupe',
  'dedupe',
];
const PAIR_OPS = /^(mapValues|flatMapValues|.*ByKey.*|partitionBy|cogroup|join.*|mapWithState)$/;
const MODES: readonly Mode[] = ['collect', 'parts', 'twice', 'driver', 'late', 'take'];
const TRANSFORMS = [
  'sortSelf',
  'distinct',
  'zipWithIndex',
  'sortWeight',
  'sortByKey',
  'sample',
  'subtract',
  'intersection',
  'cartesian',
  'unionRows',
  'time',
  'coalesce',
  'groupBy',
  'chain',
];
const TRANSFORMS_OF_TWO = ['union', 'subtract', 'intersection', 'cartesian', 'subtractByKey'];

interface Step {
  readonly op: string;
  readonly from: number;
  readonly and: number;
  readonly p: readonly number[];
}
interface SourceTape {
  readonly type: string;
  readonly kind: SourceKind;
  readonly partitions: number;
  readonly bare: boolean;
  readonly batches: readonly (readonly number[] | null)[];
}
export interface Tape {
  readonly parallelism: number;
  readonly stepwise: boolean;
  readonly concurrentJobs: number;
  readonly drain: number;
  readonly sources: readonly SourceTape[];
  readonly steps: readonly Step[];
  readonly also: readonly number[];
  readonly modes: readonly number[];
  readonly persist: readonly number[];
}

/** Random programs; `maxSteps` bounds the operators of one. */
export function programs(maxSteps = 9): fc.Arbitrary<Program> {
  const batch = fc.array(fc.nat(20), { maxLength: 7 });
  const batches = (nulls: boolean) =>
    fc.array(nulls ? fc.option(batch, { freq: 4 }) : batch, { maxLength: 6, size: 'max' });
  const source = fc.record({
    type: fc.constantFrom('int', 'pair', 'str', 'obj', 'mixed'),
    kind: fc.constantFrom<SourceKind>('live', 'blocks', 'range'),
    partitions: fc.integer({ min: 1, max: 4 }),
    bare: fc.boolean(),
    batches: fc.oneof({ weight: 5, arbitrary: batches(false) }, { weight: 1, arbitrary: batches(true) }),
  });
  const step = fc.record({
    op: fc.constantFrom(...OPS),
    from: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: fc.nat(7) }),
    and: fc.nat(7),
    p: fc.array(fc.nat(59), { minLength: 8, maxLength: 8 }),
  });
  const tape = fc.record<Tape>({
    parallelism: fc.integer({ min: 1, max: 3 }),
    stepwise: fc.boolean().map((x) => !x),
    concurrentJobs: fc.integer({ min: 1, max: 2 }),
    drain: fc.nat(3),
    sources: fc.array(source, { minLength: 1, maxLength: 3 }),
    steps: fc.array(step, { minLength: 1, maxLength: maxSteps, size: 'max' }),
    also: fc.array(fc.nat(9), { maxLength: 2 }),
    modes: fc.array(fc.nat(11), { minLength: 4, maxLength: 4 }),
    persist: fc.array(fc.nat(9), { maxLength: 2 }),
  });
  return tape.map(programOf);
}

/** The program that a tape means. */
export function programOf(tape: Tape): Program {
  const builder = new Builder(tape.sources.map(sourceOf));
  for (const step of tape.steps) builder.step(step);
  const { sources, nodes } = builder;
  const total = sources.length + nodes.length;
  const used = new Set(nodes.flatMap((n) => n.in));
  const wanted = new Set(tape.also.map((i) => i % total));
  for (let i = 0; i < total; i++) if (!used.has(i) && (i >= sources.length || total === sources.length)) wanted.add(i);
  if (wanted.size === 0) wanted.add(total - 1);
  return {
    batches: Math.max(1, ...sources.map((s) => s.batches.length)) + tape.drain,
    parallelism: tape.parallelism,
    stepwise: tape.stepwise,
    concurrentJobs: tape.concurrentJobs,
    sources,
    nodes,
    outputs: [...wanted]
      .sort((a, b) => a - b)
      .map((node, i) => ({ node, mode: MODES[tape.modes[i % tape.modes.length] % MODES.length] })),
    persist: [...new Set(tape.persist.map((i) => i % total))],
  };
}

function sourceOf(tape: SourceTape): Source {
  const kind = tape.kind === 'blocks' && tape.type !== 'str' ? 'live' : tape.kind;
  const type: Type =
    tape.type === 'pair' ? ['pair', 'str', 'int'] : tape.type === 'mixed' ? 'any' : (tape.type as Type);
  const batches = tape.batches.map((batch) => (batch === null ? null : batch.map((n) => recordOf(tape.type, n))));
  return { kind, type, partitions: tape.partitions, bare: tape.bare, batches };
}

function recordOf(type: string, n: number): unknown {
  switch (type) {
    case 'int':
      return n - 8;
    case 'str':
      return `w${n % 6}${'x'.repeat(n % 4)}`;
    case 'pair':
      return [`k${n % 4}`, n];
    case 'obj':
      return { id: n % 5, tags: [`t${n % 2}`, null], deep: { on: n % 2 === 0 } };
    default:
      return [n, `m${n % 3}`, [n % 2, 'x'], { m: n % 3 }, null, n / 4, true, ''][n % 8];
  }
}

class Builder {
  readonly sources: readonly Source[];
  readonly nodes: Node[] = [];
  readonly #infos: Info[];

  constructor(sources: readonly Source[]) {
    this.sources = sources;
    this.#infos = sources.map(inferSource);
  }

  /** Adds what a step means, if it can mean anything here. */
  step(step: Step): void {
    const { op, p } = step;
    let first = this.#back(step.from);
    if (op === 'stateSnapshots') {
      const mapped = this.#infos.findLastIndex((i) => i.state !== undefined);
      if (mapped < 0) return;
      first = mapped;
    }
    if (depth(this.#infos[first].type) > 3)
      first = this.#add({ op: 'map', in: [first], fn: p[7] % 2 === 0 ? 'byWeight' : 'text' }) ?? first;
    if (PAIR_OPS.test(op) && !isPair(this.#infos[first].type)) first = this.#keyed(first, p[6]);
    const inputs = [first];
    if (/^(union|cogroup|join|transformWith)$/.test(op)) {
      let second = this.#partner(first, this.#back(step.and), /^(cogroup|join)$/.test(op));
      if (second === null) return;
      if (/^(cogroup|join)$/.test(op) && !isPair(this.#infos[second].type)) second = this.#keyed(second, p[6]);
      inputs.push(second);
      if (p[5] % 3 === 0 && /^(union|transformWith)$/.test(op))
        inputs.push(this.#partner(first, this.#back(step.and + 2), false) ?? first);
    }
    const infos = inputs.map((i) => this.#infos[i]);
    // Results that only the engines know are worth less: they stay only when the tape insists.
    const insists = p[4] % 4 === 3 || (op === 'transform' && p[3] % 4 === 0);
    for (let attempt = 0; attempt < 16; attempt++) {
      const node = this.#make(op, inputs, infos, p, attempt);
      const info = node === null ? null : infer(node, infos);
      if (node === null || info === null || (!info.known && infos.every((i) => i.known) && !insists)) continue;
      // The oracle has to foresee that a filter makes a batch fail.
      if (!info.known && node.filter) continue;
      this.#add(node);
      return;
    }
  }

  #back(distance: number): number {
    return this.#infos.length - 1 - (distance % this.#infos.length);
  }

  #keyed(input: number, p: number): number {
    return this.#add({
      op: 'map',
      in: [input],
      fn: ['keyInt', 'byWeight', 'keyStr', 'keyTuple', 'keyObject', 'third', 'ones', 'keyMixed', 'keyNull', 'byWeight'][
        p % 10
      ],
    }) as number;
  }

  /** A stream that can meet another one: the wished one, or the next that can. */
  #partner(first: number, wished: number, pairs: boolean): number | null {
    const { slide, nullable } = this.#infos[first];
    if (nullable) return null;
    const fits = (i: number) =>
      this.#infos[i].slide === slide && !this.#infos[i].nullable && depth(this.#infos[i].type) <= (pairs ? 3 : 5);
    for (let i = 0; i < this.#infos.length; i++) {
      const at = (wished + this.#infos.length - i) % this.#infos.length;
      if (fits(at)) return at;
    }
    return null;
  }

  #add(node: Node): number | null {
    const info = infer(
      node,
      node.in.map((i) => this.#infos[i]),
    );
    if (info === null) return null;
    this.nodes.push(node);
    return this.#infos.push(info) - 1;
  }

  #make(
    op: string,
    inputs: readonly number[],
    infos: readonly Info[],
    p: readonly number[],
    attempt: number,
  ): Node | null {
    const [a] = infos;
    const node = { op, in: inputs };
    const pick = (names: readonly string[]) => names[(p[0] + attempt) % names.length];
    const part: Part =
      p[1] % 5 === 0 ? { n: 1 + (p[2] % 4), custom: true } : p[1] % 5 < 3 ? null : { n: 1 + (p[2] % 5), custom: false };
    const keyed = op === 'groupBy' ? a.order === FULL_ORDER : infos.every((i) => i.order >= KEY_ORDER);
    const sorted = keyed ? p[3] % 9 === 8 : p[4] % 6 !== 5;
    const w = a.slide * (1 + (p[2] % 3));
    const s = a.slide * (p[3] % 6 === 5 ? 3 : p[3] % 6 >= 3 ? 2 : 1);
    const n = 1 + (p[1] % 4);
    const cut = (['merge', 'subtract', null, null] as const)[p[6] % 4];
    switch (op) {
      case 'map':
      case 'mapAsync':
      case 'mapValues':
        return { ...node, fn: pick(Object.keys(maps)) };
      case 'filter':
      case 'filterAsync':
        return { ...node, fn: pick(Object.keys(filters)) };
      case 'flatMap':
      case 'flatMapValues':
        return { ...node, fn: pick(Object.keys(flatMaps)) };
      case 'mapPartitions':
        return { ...node, fn: pick(['each', 'keep', 'reverse', 'count', 'indexed', 'first']), flag: p[1] % 2 === 0 };
      case 'repartition':
        return { ...node, n };
      case 'union':
        return { ...node, flag: p[1] % 2 === 0 };
      case 'reduce':
        return { ...node, fn: pick(Object.keys(reducers)) };
      case 'count':
      case 'glom':
      case 'stateSnapshots':
        return node;
      case 'aggregate':
        return { ...node, fn: pick(Object.keys(aggregateRules)), cut };
      case 'reduceByKey':
        return { ...node, fn: pick(Object.keys(reducers)), part };
      case 'countByValue':
      case 'partitionBy':
        return { ...node, part };
      case 'groupByKey':
      case 'cogroup':
        return { ...node, part, sorted };
      case 'combineByKey': {
        const fn = pick(Object.keys(combiners));
        return { ...node, fn, part, flag: p[3] % 2 === 0, sorted: fn === 'list' && sorted };
      }
      case 'aggregateByKey': {
        const fn = pick(Object.keys(aggregateRules));
        return { ...node, fn, part, cut, sorted: aggregateRules[fn].ordered && sorted };
      }
      case 'join':
        return { ...node, fn: pick(['inner', 'left', 'right', 'full']), part };
      case 'joinBroadcast':
        return { ...node, fn: pick(Object.keys(tables)), flag: p[1] % 2 === 0 };
      case 'transform':
        return {
          ...node,
          fn: pick(TRANSFORMS),
          flag: p[1] % 2 === 0,
          n,
          sorted: a.order !== FULL_ORDER || p[3] % 5 === 0,
          rows: [p[1] % 7, 1, p[2] % 5, 'w1x', 3, 1].slice(p[3] % 3),
        };
      case 'transformWith':
        return { ...node, fn: inputs.length > 2 ? 'third' : pick(TRANSFORMS_OF_TWO), n };
      case 'window':
      case 'countByWindow':
        return { ...node, w, s };
      case 'countByValueAndWindow':
        return { ...node, w, s, part };
      case 'groupByKeyAndWindow':
        return { ...node, w, s, part, sorted };
      case 'reduceByWindow':
        return { ...node, w, s, fn: pick(Object.keys(reducers)), inverse: p[6] % 2 === 0 };
      case 'reduceByKeyAndWindow':
        return {
          ...node,
          w,
          s,
          part,
          fn: pick(Object.keys(reducers)),
          inverse: p[6] % 4 !== 3,
          filter: p[7] % 4 === 0 ? 'even' : p[7] % 4 === 1 ? 'nonZero' : null,
        };
      case 'aggregateByKeyAndWindow': {
        const fn = pick(Object.keys(aggregateRules));
        const wants = fn === 'distinct' ? p[4] % 6 !== 5 : sorted;
        return { ...node, w, s, part, fn, cut, sorted: aggregateRules[fn].ordered && wants };
      }
      case 'dedupe':
        return { ...node, fn: pick(Object.keys(keyers)), part, timeout: a.slide * (1 + (p[2] % 4)) };
      case 'updateStateByKey': {
        const fn = pick(Object.keys(updaters));
        return { ...node, fn, part, rows: updaters[fn].state('any') === 'int' ? initialRows(a, p) : [] };
      }
      case 'mapWithState': {
        const fn = pick(Object.keys(stateMappers));
        return {
          ...node,
          fn,
          part,
          timeout: p[3] % 2 === 0 ? a.slide * (1 + (p[2] % 3)) : null,
          check: p[5] % 5 === 4 ? null : a.slide * (1 + (p[5] % 3)),
          rows: fn === 'reader' ? [] : initialRows(a, p),
        };
      }
    }
    return null;
  }
}

/** States before the first batch; their values are whole numbers, and one key comes twice. */
function initialRows(a: Info, p: readonly number[]): unknown[] {
  if (p[7] % 3 !== 0) return [];
  const keys = a.type[1] === 'int' ? [0, 2, 50, 2] : a.type[1] === 'str' ? ['k1', 'zz', 'k2', 'k1'] : [];
  return keys.slice(p[6] % 3).map((key, i) => [key, i + 1]);
}
