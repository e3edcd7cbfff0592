import { lookupKey } from '../data/key.ts';
import { error } from '../errors/index.ts';
import type { AnyFunction } from '../lineage/function-scope.ts';
import { checkNotPromise, refuseNoPair, refuseUndefined, spread } from './checks.ts';
import type { PipeStep } from './program.ts';
import { type RecordErrors, recordFailed } from './record-failures.ts';

/*
 * A chain of per-record steps becomes ONE loop, compiled for that chain:
 *
 *     lines ─ flatMap f0 ─ map f1 ─► combine        for (i…) { const a = f0(input[i]);
 *                                                     for (j…) { const v = f1(a[j]);
 *                                                       map.get(v[0]) … } }
 *
 * The source text is generated because V8 collects type feedback for each function literal: a loop shared by all chains
 * sees every user function and inlines none of them, a loop of its own inlines them and removes the pairs they return.
 * Nothing of the user's goes into the text, only step kinds and indices.
 */

/** What a loop writes to. One object for each task. */
export interface LoopState {
  /** Index of the step that was running when an exception left the loop. */
  failed: number;
  /** collect, and the records of `deal`. */
  readonly out: unknown[];
  /** One array for each tee. */
  readonly tees: readonly unknown[][];
  /** aggregate: where the accumulator of each lookup key is in the columns, and how many pairs were added to one that was there. */
  readonly places: Map<unknown, number>;
  merged: number;
  /** aggregate that counts: of how many pairs each accumulator is. To know it of all costs a twentieth of a batch. */
  readonly counts: number[];
  /** fold: the accumulator, and whether there is one yet. */
  accumulator: unknown;
  filled: boolean;
  /** aggregate: one column of keys and one of accumulators, in order of first appearance; scatter: such columns for each reducer ... */
  readonly keys: readonly unknown[][];
  readonly values: readonly unknown[][];
  /** ... and what decides the reducer. */
  readonly partition: (key: unknown) => number;
}

/** Where the records of a loop go. */
export type LoopSink =
  | { readonly kind: 'collect' }
  | { readonly kind: 'none' }
  /** Puts values of a key together; functions: add, and create unless the first value is the accumulator. */
  | { readonly kind: 'aggregate'; readonly create: boolean; readonly counts: boolean }
  | { readonly kind: 'fold' }
  /** Pairs to the columns of their reducer. */
  | { readonly kind: 'scatter'; readonly reducers: number };

/** Runs records `from` (included) to `to` (excluded) of `input` through the chain. */
export type Loop = (state: LoopState, input: readonly unknown[], from: number, to: number) => void;

/**
 * Makes a loop for given functions: those of the steps in order (tees have none), then those of the sink. `errors` has an
 * entry for each step.
 */
export type LoopFactory = (
  functions: readonly AnyFunction[],
  operators: readonly string[],
  errors: readonly (RecordErrors | null)[],
) => Loop;

const helpers = { spread, refuseNoPair, checkNotPromise, refuseUndefined, lookupKey, recordFailed };
let compiled = 0;

/** @throws MR_CODE_GENERATION where Node was started without the right to make code from text */
export function checkCodeGeneration(): void {
  try {
    new Function('');
  } catch (e) {
    throw error('MR_CODE_GENERATION', { reason: e instanceof Error ? e.message : String(e) }, { cause: e });
  }
}

/** Compiles a chain of steps and a sink. The result does not depend on the functions and can be used for many. */
export function compileLoop(steps: readonly PipeStep[], sink: LoopSink): LoopFactory {
  const text = loopSource(steps, sink);
  compiled += 1;
  // The name shows in profiles and stacks; being unique it also keeps V8 from sharing feedback between equal texts.
  return new Function('h', `${text}\n//# sourceURL=millrace-loop-${compiled}.js`)(helpers) as LoopFactory;
}

/** The text of a loop. Exported for the curious and for the test that shows it. */
export function loopSource(steps: readonly PipeStep[], sink: LoopSink): string {
  const body: string[] = [];
  let value = 0;
  let used = 0;
  let tees = 0;
  let depth = 0;
  let guarded = false;
  const bind: string[] = [];
  const flags = new Set<string>();
  const fn = () => {
    bind.push(`const f${used} = f[${used}];`);
    used += 1;
    return `f${used - 1}`;
  };
  // Whether a function is async shows in the first thing that it returns: a flag for each, checked once a slice.
  const first = (index: number, result: string) => {
    flags.add(`c${index} = true`);
    return `if (c${index}) { c${index} = false; checkNotPromise(${result}, o[${index}]); }`;
  };
  const iterate = (index: number, result: string) =>
    `const r${index} = ${result}; const a${index} = Array.isArray(r${index}) ? r${index} : spread(r${index}, o[${index}]);`;
  const each = (index: number, record: string, next: string) =>
    `for (let j${index} = 0; j${index} < a${index}.length; j${index}++) { const ${next} = ${record};`;
  steps.forEach((step, index) => {
    if (step.kind === 'tee') {
      body.push(`t${tees}.push(v${value});`);
      tees += 1;
      return;
    }
    const f = fn();
    const v = `v${value}`;
    const next = `v${value + 1}`;
    body.push(`op = ${index};`);
    // A step whose records may fail: the user's call is tried, and a record that fails leaves the chain here.
    if ('errors' in step && step.errors !== undefined) {
      guarded = true;
      const attempt = (declared: string, work: string) =>
        `let ${declared}; try { ${work} } catch (e) { recordFailed(l[${index}], ${v}, e, o[${index}]); continue; }`;
      const spreadOut = (call: string) =>
        `r${index} = ${call}; a${index} = Array.isArray(r${index}) ? r${index} : spread(r${index}, o[${index}]);`;
      const list = `r${index}, a${index}`;
      switch (step.kind) {
        case 'map':
          body.push(attempt(next, `${next} = ${f}(${v});`), first(index, next));
          break;
        case 'filter':
          body.push(attempt(`k${index}`, `k${index} = ${f}(${v});`), first(index, `k${index}`));
          body.push(`if (!k${index}) continue;`);
          return;
        case 'flatMap':
          body.push(attempt(list, spreadOut(`${f}(${v})`)), each(index, `a${index}[j${index}]`, next));
          depth += 1;
          break;
        case 'mapValues': {
          const w = `w${index}`;
          const undefinedValue = `if (${w} === undefined) refuseUndefined(${v}[0], o[${index}]);`;
          body.push(attempt(w, `${isPair(v, index)} ${w} = ${f}(${v}[1]); ${undefinedValue}`), first(index, w));
          body.push(`const ${next} = [${v}[0], ${w}];`);
          break;
        }
        case 'flatMapValues':
          body.push(attempt(list, `${isPair(v, index)} ${spreadOut(`${f}(${v}[1])`)}`), `const k${index} = ${v}[0];`);
          body.push(each(index, `[k${index}, a${index}[j${index}]]`, next));
          depth += 1;
          break;
      }
      value += 1;
      return;
    }
    switch (step.kind) {
      case 'map':
        body.push(`const ${next} = ${f}(${v}); ${first(index, next)}`);
        break;
      case 'filter':
        body.push(`const k${index} = ${f}(${v}); ${first(index, `k${index}`)} if (!k${index}) continue;`);
        return;
      case 'flatMap':
        body.push(iterate(index, `${f}(${v})`), each(index, `a${index}[j${index}]`, next));
        depth += 1;
        break;
      case 'mapValues':
        body.push(
          isPair(v, index),
          `const w${index} = ${f}(${v}[1]); ${first(index, `w${index}`)} if (w${index} === undefined) refuseUndefined(${v}[0], o[${index}]); const ${next} = [${v}[0], w${index}];`,
        );
        break;
      case 'flatMapValues':
        body.push(isPair(v, index), iterate(index, `${f}(${v}[1])`), `const k${index} = ${v}[0];`);
        body.push(each(index, `[k${index}, a${index}[j${index}]]`, next));
        depth += 1;
        break;
    }
    value += 1;
  });
  body.push(`op = ${steps.length};`);
  body.push(sinkSource(sink, `v${value}`, fn, steps.length, first));
  body.push('}'.repeat(depth));
  const teeBindings = Array.from({ length: tees }, (_, t) => `const t${t} = s.tees[${t}];`).join(' ');
  return `"use strict";
const { spread, refuseNoPair, checkNotPromise, refuseUndefined, lookupKey${guarded ? ', recordFailed' : ''} } = h;
return function make(f, o${guarded ? ', l' : ''}) {
${bind.join(' ')}
return function run(s, input, from, to) {
let op = -1${[...flags].map((flag) => `, ${flag}`).join('')};
${teeBindings}
${sinkBindings(sink)}
try {
for (let i = from; i < to; i++) {
const v0 = input[i];
${body.join('\n')}
}
} catch (e) { s.failed = op; throw e; }
${sinkEnd(sink)}
};
};`;
}

function sinkBindings(sink: LoopSink): string {
  switch (sink.kind) {
    case 'collect':
      return 'const out = s.out;';
    case 'none':
      return '';
    case 'aggregate':
      return 'const places = s.places, counts = s.counts, keys = s.keys[0], values = s.values[0]; let merged = s.merged;';
    case 'fold':
      return 'let acc = s.accumulator, filled = s.filled;';
    case 'scatter':
      return sink.reducers === 1
        ? 'const keys = s.keys[0], values = s.values[0];'
        : 'const keys = s.keys, values = s.values, partition = s.partition;';
  }
}

function sinkEnd(sink: LoopSink): string {
  if (sink.kind === 'fold') return 's.accumulator = acc; s.filled = filled;';
  return sink.kind === 'aggregate' ? 's.merged = merged;' : '';
}

/** Refuses a record that is no pair. Literal arrays that inlined functions return are known to be pairs: it costs nothing. */
function isPair(v: string, label: number): string {
  return `if (!Array.isArray(${v}) || ${v}.length !== 2) refuseNoPair(${v}, o[${label}]);`;
}

function sinkSource(
  sink: LoopSink,
  v: string,
  fn: () => string,
  label: number,
  first: (index: number, result: string) => string,
): string {
  const pair = `${isPair(v, label)} const key = ${v}[0], val = ${v}[1]; if (key === undefined || val === undefined) refuseUndefined(key, o[${label}]);`;
  switch (sink.kind) {
    case 'collect':
      return `out.push(${v});`;
    case 'none':
      return '';
    case 'fold': {
      const add = fn();
      return `if (filled) { acc = ${add}(acc, ${v}); ${first(label, 'acc')} } else { acc = ${v}; filled = true; }`;
    }
    case 'aggregate': {
      const add = fn();
      // Both come of the same function: a promise shows in the first of either.
      const checked = (value: string) =>
        `${first(label, value)} if (${value} === undefined) refuseUndefined(key, o[${label}]);`;
      const begin = sink.create ? `const begun = ${add}(${fn()}(), val); ${checked('begun')}` : 'const begun = val;';
      return `${pair}
const id = typeof key === 'number' || (typeof key === 'string' && key.charCodeAt(0) !== 1) ? key : lookupKey(key);
const at = places.get(id);
if (at === undefined) { ${begin} places.set(id, keys.length); keys.push(key); values.push(begun); ${sink.counts ? 'counts.push(1);' : ''} }
else { const sum = ${add}(values[at], val); ${checked('sum')} values[at] = sum; merged += 1; ${sink.counts ? 'counts[at] += 1;' : ''} }`;
    }
    case 'scatter':
      return sink.reducers === 1
        ? `${pair} keys.push(key); values.push(val);`
        : `${pair} const p = partition(key); keys[p].push(key); values[p].push(val);`;
  }
}
