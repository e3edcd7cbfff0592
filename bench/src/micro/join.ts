import { micro } from '@millrace/bench';
import { builtins } from '../../../packages/core/src/lineage/builtins.ts';
import { cogroupColumns } from '../../../packages/core/src/task/cogroup.ts';
import { toColumns } from '../../../packages/core/src/task/columns.ts';
import { compileLoop, type LoopState } from '../../../packages/core/src/task/fuse.ts';
import { lazily } from './lazily.ts';
import { COUNT } from './records.ts';

/** Pairs of a side, each key so often. */
function side(name: string, perKey: number) {
  const keys = COUNT / perKey;
  return toColumns(
    Array.from({ length: COUNT }, (_, i) => [`key-${i % keys}`, `${name}-${i}`]),
    'micro',
  );
}

/** Both sides of a reducer put together by key, then every pair of values of a key: what `join` and `leftOuterJoin` run. */
function join(perKey: number, kind: 'inner' | 'left'): () => readonly unknown[] {
  const sides = [[side('left', 1)], [side('right', perKey)]];
  const step = { kind: 'flatMapValues', fn: `!${kind}`, operator: 'micro' } as const;
  const run = compileLoop([step], { kind: 'collect' })(
    [builtins[kind] as (...args: never[]) => unknown],
    ['micro'],
    [null],
  );
  return () => {
    const groups = cogroupColumns(sides);
    const state: LoopState = {
      failed: -1,
      out: [],
      tees: [],
      places: new Map(),
      merged: 0,
      counts: [],
      accumulator: undefined,
      filled: false,
      keys: [],
      values: [],
      partition: () => 0,
    };
    run(state, groups, 0, groups.length);
    return state.out;
  };
}

/** By the kind of join. */
export const joinTasks: Readonly<Record<string, () => readonly unknown[]>> = {
  'inner, a match for each': lazily(() => join(1, 'inner')),
  'inner, ten for one of ten': lazily(() => join(10, 'inner')),
  'left outer, ten for one of ten': lazily(() => join(10, 'left')),
};

/** What a reducer does for a join. */
export const joinSuite = micro({
  id: 'micro-join',
  title: 'Join loop',
  about: `${COUNT.toLocaleString('en')} pairs on either side, put together by key and joined; by the pair of one side.`,
  tasks: joinTasks,
  per: COUNT,
});
