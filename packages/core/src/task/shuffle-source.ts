import type { AggregatorFunctions } from './accumulators.ts';
import type { Columns } from './columns.ts';
import type { SourceOf, TaskInput } from './program.ts';
import { mergeBuckets } from './shuffle-read.ts';
import type { Sliced } from './slices.ts';
import { assembleFragments, type Fragments, groupFragments } from './split-read.ts';
import type { TaskRun } from './task-run.ts';

/*
 * What a task reads of the buckets that map tasks have written for it.
 */

const NO_COLUMNS: Columns = { keys: [], values: [] };

/** What a reducer gets, with values of a key put together if the source says so. */
export function* shuffledPairs(run: TaskRun, source: SourceOf<'shuffle'>): Sliced<readonly Columns[]> {
  const functions = source.aggregator === null ? null : run.aggregator(source.aggregator, source.operator);
  const input = run.task.inputs[source.input];
  if (input.kind === 'assembly') return [yield* assembled(run, source, input, functions)];
  const buckets = bucketsOf(run, source.input);
  if (source.merge === null) return buckets;
  return [yield* run.guarded(source.operator, mergeBuckets(buckets, source.merge, functions))];
}

/** Records that were dealt: they have no keys. */
export function shuffledRecords(run: TaskRun, source: SourceOf<'shuffle'>): readonly unknown[] {
  const buckets = bucketsOf(run, source.input);
  return buckets.length === 1 ? buckets[0].values : buckets.flatMap((b) => b.values);
}

/** What a fragment task makes of its partition and its slices. */
export function* fragmentsOf(run: TaskRun, source: SourceOf<'fragments'>): Sliced<Fragments> {
  const { part } = run.task.inputs[source.input] as Extract<TaskInput, { kind: 'fragments' }>;
  const functions = source.aggregator === null ? null : run.aggregator(source.aggregator, source.operator);
  const buckets = bucketsOf(run, source.input);
  return yield* run.guarded(
    source.operator,
    groupFragments(buckets, part, run.task.partition, source.merge, functions),
  );
}

/** What fragment tasks have made of a reducer's keys. */
function* assembled(
  run: TaskRun,
  { merge, operator }: SourceOf<'shuffle'>,
  { rest, fragments, keys }: Extract<TaskInput, { kind: 'assembly' }>,
  functions: AggregatorFunctions | null,
): Sliced<Columns> {
  const [own = NO_COLUMNS] = run.readBuckets(rest === null ? [] : [rest]);
  const others = run.readBuckets(fragments);
  const how = merge === 'values' ? 'values' : 'group';
  const columns = yield* run.guarded(operator, assembleFragments(own, others, keys, how, functions));
  return merge === null ? { ...columns, grouped: true } : columns;
}

function bucketsOf(run: TaskRun, index: number): readonly Columns[] {
  const input = run.task.inputs[index] as Extract<TaskInput, { kind: 'buckets' | 'fragments' }>;
  return run.readBuckets(input.buckets);
}
