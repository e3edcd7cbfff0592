import { micro } from '@millrace/bench';
import { hashPartitioner } from '@millrace/core';
import { lookupKey } from '../../../packages/core/src/data/key.ts';
import { compileLoop, type Loop, type LoopSink, type LoopState } from '../../../packages/core/src/task/fuse.ts';
import { lazily } from './lazily.ts';
import { COUNT, counted, ids, tuples, words } from './records.ts';

const PARTITIONS = 8;
const kinds = { texts: words, numbers: ids, tuples };

/** The sum of the partitions of all keys. */
function partitionAll(keys: readonly unknown[]): () => number {
  const partitioner = hashPartitioner(PARTITIONS);
  return () => {
    let sum = 0;
    for (let i = 0; i < keys.length; i++) sum += partitioner.getPartition(keys[i]);
    return sum;
  };
}

/** How many different keys there are by their lookup keys. */
function lookUpAll(keys: readonly unknown[]): () => number {
  return () => {
    const seen = new Set<unknown>();
    for (let i = 0; i < keys.length; i++) seen.add(lookupKey(keys[i]));
    return seen.size;
  };
}

const byKind = (what: string, taskOf: (keys: readonly unknown[]) => () => unknown) =>
  Object.entries(kinds).map(([kind, keys]) => [`${what}, ${kind}`, lazily(() => taskOf(keys()))] as const);

/** By what is done, and to which keys. */
export const keyTasks: Readonly<Record<string, () => unknown>> = Object.fromEntries([
  ...byKind('partition of 8', partitionAll),
  ...byKind('lookup key', lookUpAll),
]);

/** What decides where a key goes, and what it is equal to. */
export const keysSuite = micro({
  id: 'micro-keys',
  title: 'Hash partitioner and equality of keys',
  about: `${COUNT.toLocaleString('en')} keys; the first is the hash modulo ${PARTITIONS}, the second puts each key into a Set by value.`,
  tasks: keyTasks,
  per: COUNT,
});

/** A loop as tasks run it, with nothing before its sink; it is compiled for each use, as for each program. */
function loopOf(sink: LoopSink, functions: Parameters<ReturnType<typeof compileLoop>>[0]): Loop {
  return compileLoop([], sink)(functions, ['micro'], []);
}

function stateOf(reducers: number): LoopState {
  const columns = () => Array.from({ length: reducers }, (): unknown[] => []);
  return {
    failed: -1,
    out: [],
    tees: [],
    places: new Map(),
    merged: 0,
    counts: [],
    accumulator: undefined,
    filled: false,
    keys: columns(),
    values: columns(),
    partition: (key) => hashPartitioner(reducers).getPartition(key),
  };
}

function combineAll(keys: readonly unknown[]): () => readonly unknown[] {
  const pairs = counted(keys);
  const run = loopOf({ kind: 'aggregate', create: false, counts: false }, [(a: number, b: number) => a + b]);
  return () => {
    const state = stateOf(1);
    run(state, pairs, 0, pairs.length);
    return state.values[0]!;
  };
}

function scatterAll(keys: readonly unknown[]): () => LoopState['keys'] {
  const pairs = counted(keys);
  const run = loopOf({ kind: 'scatter', reducers: PARTITIONS }, []);
  return () => {
    const state = stateOf(PARTITIONS);
    run(state, pairs, 0, pairs.length);
    return state.keys;
  };
}

/** By what is done, and to which keys. */
export const combineTasks: Readonly<Record<string, () => unknown>> = Object.fromEntries([
  ...byKind('combine', combineAll),
  ...byKind('scatter over 8', scatterAll),
]);

/** What a map task does with pairs before a shuffle. */
export const combineSuite = micro({
  id: 'micro-combine',
  title: 'Before the shuffle',
  about: `${COUNT.toLocaleString('en')} pairs through the loop that a map task compiles: values of a key added up, or pairs put into the columns of ${PARTITIONS} reducers.`,
  tasks: combineTasks,
  per: COUNT,
});
