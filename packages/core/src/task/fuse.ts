import { lookupKey } from '../data/key.ts';
import type { AnyFunction } from '../lineage/function-scope.ts';
import { checkNotPromise, checkPair, refuseUndefined, spread } from './checks.ts';
import type { Entry } from './entries.ts';
import type { PipeStep } from './program.ts';

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
  /** aggregate: accumulators by lookup key, in order of first appearance. */
  readonly entries: Map<unknown, Entry>;
  /** fold: the accumulator, and whether there is one yet. */
  accumulator: unknown;
  filled: boolean;
  /** scatter: columns for each reducer, and what decides the reducer. */
  readonly keys: readonly unknown[][];
  readonly values: readonly unknown[][];
  readonly partition: (key: unknown) => number;
  /** count of records that reached the sink. */
  written: number;
}

/** Where the records of a loop go. */
export type LoopSink =
  | { readonly kind: 'collect' }
  | { readonly kind: 'none' }
  /** Puts values of a key together; functions: add, and create unless the first value is the accumulator. */
  | { readonly kind: 'aggregate'; readonly create: boolean }
  | { readonly kind: 'fold' }
  /** Pairs to the columns of their reducer. */
  | { readonly kind: 'scatter'; readonly reducers: number };

/** Runs records `from` (included) to `to` (excluded) of `input` through the chain. */
export type Loop = (state: LoopState, input: readonly unknown[], from: number, to: number) => void;

/** Makes a loop for given functions: those of the steps in order (tees have none), then those of the sink. */
export type LoopFactory = (functions: readonly AnyFunction[], operators: readonly string[]) => Loop;

const helpers = { spread, checkPair, checkNotPromise, refuseUndefined, lookupKey };
let compiled = 0;

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
  const bind: string[] = [];
  const fn = () => {
    bind.push(`const f${used} = f[${used}];`);
    used += 1;
    return `f${used - 1}`;
  };
  steps.forEach((step, index) => {
    if (step.kind === 'tee') {
      bind.push(`// tee ${tees}`);
      body.push(`t${tees}.push(v${value});`);
      tees += 1;
      return;
    }
    const f = fn();
    const next = `v${value + 1}`;
    body.push(`op = ${index};`);
    const guard = (result: string) => (depth === 0 ? `if (i === from) checkNotPromise(${result}, o[${index}]);` : '');
    switch (step.kind) {
      case 'map':
        body.push(`const ${next} = ${f}(v${value}); ${guard(next)}`);
        break;
      case 'filter':
        body.push(`const k${index} = ${f}(v${value}); ${guard(`k${index}`)} if (!k${index}) continue;`);
        return;
      case 'flatMap':
        body.push(
          `const r${index} = ${f}(v${value}); const a${index} = Array.isArray(r${index}) ? r${index} : spread(r${index}, o[${index}]);`,
        );
        body.push(
          `for (let j${index} = 0; j${index} < a${index}.length; j${index}++) { const ${next} = a${index}[j${index}];`,
        );
        depth += 1;
        break;
      case 'mapValues':
        body.push(
          `if (i === from) checkPair(v${value}, o[${index}]); const w${index} = ${f}(v${value}[1]); ${guard(`w${index}`)} const ${next} = [v${value}[0], w${index}];`,
        );
        break;
      case 'flatMapValues':
        body.push(
          `if (i === from) checkPair(v${value}, o[${index}]); const r${index} = ${f}(v${value}[1]); const a${index} = Array.isArray(r${index}) ? r${index} : spread(r${index}, o[${index}]); const k${index} = v${value}[0];`,
        );
        body.push(
          `for (let j${index} = 0; j${index} < a${index}.length; j${index}++) { const ${next} = [k${index}, a${index}[j${index}]];`,
        );
        depth += 1;
        break;
    }
    value += 1;
  });
  body.push(`op = ${steps.length};`);
  body.push(sinkSource(sink, `v${value}`, fn, steps.length));
  body.push('}'.repeat(depth));
  const teeBindings = Array.from({ length: tees }, (_, t) => `const t${t} = s.tees[${t}];`).join(' ');
  return `"use strict";
const { spread, checkPair, checkNotPromise, refuseUndefined, lookupKey } = h;
return function make(f, o) {
${bind.filter((line) => !line.startsWith('//')).join(' ')}
return function run(s, input, from, to) {
let op = -1;
${teeBindings}
${sinkBindings(sink)}
try {
for (let i = from; i < to; i++) {
const v0 = input[i];
${body.join('\n')}
}
} catch (e) { s.failed = op; throw e; }
${sink.kind === 'fold' ? 's.accumulator = acc; s.filled = filled;' : ''}
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
      return 'const entries = s.entries;';
    case 'fold':
      return 'let acc = s.accumulator, filled = s.filled;';
    case 'scatter':
      return sink.reducers === 1
        ? 'const keys = s.keys[0], values = s.values[0];'
        : 'const keys = s.keys, values = s.values, partition = s.partition;';
  }
}

function sinkSource(sink: LoopSink, v: string, fn: () => string, label: number): string {
  const pair = `if (i === from) checkPair(${v}, o[${label}]); const key = ${v}[0], val = ${v}[1]; if (key === undefined || val === undefined) refuseUndefined(key, o[${label}]);`;
  switch (sink.kind) {
    case 'collect':
      return `out.push(${v});`;
    case 'none':
      return '';
    case 'fold': {
      const add = fn();
      return `if (filled) acc = ${add}(acc, ${v}); else { acc = ${v}; filled = true; }`;
    }
    case 'aggregate': {
      const add = fn();
      const first = sink.create ? `${add}(${fn()}(), val)` : 'val';
      return `${pair}
const id = typeof key === 'number' || (typeof key === 'string' && key.charCodeAt(0) !== 1) ? key : lookupKey(key);
const entry = entries.get(id);
if (entry === undefined) entries.set(id, { key, value: ${first} }); else entry.value = ${add}(entry.value, val);`;
    }
    case 'scatter':
      return sink.reducers === 1
        ? `${pair} keys.push(key); values.push(val);`
        : `${pair} const p = partition(key); keys[p].push(key); values[p].push(val);`;
  }
}
