import type { Block } from '../data/block.ts';
import type { BucketTable } from '../data/bucket-table.ts';
import { encodePairs } from '../data/codec.ts';
import { hashKey } from '../data/hash.ts';
import { compareValues, customPartitioner, rangePartitioner } from '../data/partitioner.ts';
import { sampleBuckets } from '../skew/bucket-loads.ts';
import { foldHeavy } from '../skew/fold-heavy.ts';
import type { HeavyKey } from '../skew/heavy-key.ts';
import { separateHeavy } from '../skew/heavy-runs.ts';
import { recordsApart, sampleHeavyKeys, worthSplitting } from '../skew/key-sample.ts';
import { type MetKeys, meetKeys } from '../skew/met-keys.ts';
import { type RangePlan, spreadKeys } from '../skew/range-plan.ts';
import type { HeavyRun, Residue } from '../skew/split-report.ts';
import type { Columns } from './columns.ts';
import { type Combined, combine } from './combine.ts';
import { followTask } from './context.ts';
import { leftOfSplitKeys } from './join-sources.ts';
import { OperatorFailure } from './operator-failure.ts';
import type { PartitionOutput, PartitionOutputFunction } from './partition-output.ts';
import type { BucketOutput, Sink, Task, TaskOutput } from './program.ts';
import { fragmentsOf } from './shuffle-source.ts';
import type { Sliced } from './slices.ts';
import type { TaskRun } from './task-run.ts';

/** How a backend hands records over: live in one heap, or as bytes. */
export interface Exchange {
  /** True if kept partitions are sealed, too. */
  readonly seals: boolean;
  /** True if buckets for reducers of the same slot become bytes as well. */
  readonly encodesLocal: boolean;
  /** Records that come in live, as tasks see them. */
  admit(records: readonly unknown[], where: string): readonly unknown[];
  /** Records on their way to the driver. `where` names the operator in errors. */
  release(records: readonly unknown[], where: string): NonNullable<TaskOutput['records']>;
  /** Records as a block. */
  seal(records: readonly unknown[], where: string): Block;
}

/** What a sink made. */
export interface Written {
  readonly records: TaskOutput['records'];
  readonly buckets: readonly BucketOutput[] | null;
  readonly heavy: readonly HeavyKey[];
  readonly runs: readonly HeavyRun[];
  readonly met: MetKeys | null;
  readonly residues: readonly Residue[];
  readonly sampled?: readonly number[];
  /** Buckets that stay in this slot, by reducer. */
  readonly local: (Columns | null)[] | null;
  readonly count: number;
  readonly bytes: number;
  /** About how many bytes all buckets are when they are encoded; 0 unless that was asked. */
  readonly bucketBytes: number;
}

const NOT_HEAVY = { heavy: [], runs: [], met: null, residues: [] } as const;
const NO_BUCKETS = { ...NOT_HEAVY, buckets: null, local: null, bucketBytes: 0 } as const;
const EMPTY: Columns = { keys: [], values: [] };
/** So many records tell how large the others are. */
const SIZED = 64;

/** Runs a task's program into its sink. */
export function* writeSink(run: TaskRun, task: Task, exchange: Exchange): Sliced<Written> {
  const { pipe, sink } = task.program;
  switch (sink.kind) {
    case 'records': {
      const records = yield* run.records(pipe);
      const released = exchange.release(records, run.operatorOf(pipe));
      const bytes = released.kind === 'blocks' ? released.blocks.reduce((n, b) => n + b.bytes.length, 0) : 0;
      return { ...NO_BUCKETS, records: released, count: records.length, bytes };
    }
    case 'none': {
      const records = yield* run.records(pipe);
      return { ...NO_BUCKETS, records: null, count: records.length, bytes: 0 };
    }
    case 'foreach': {
      const records = yield* run.records(pipe);
      yield* callForeach(run, sink, records);
      return { ...NO_BUCKETS, records: null, count: records.length, bytes: 0 };
    }
    case 'shuffle': {
      const { columns, heavy } = yield* scattered(run, task, sink);
      const toSplit = task.shuffle?.splits === true ? worthSplitting(heavy, columns) : [];
      const { buckets, runs } =
        toSplit.length > 0
          ? separateHeavy(columns, toSplit, partitionFunction(run, task, sink))
          : { buckets: columns, runs: [] };
      const met = task.shuffle?.meets === true ? meetKeys(columns) : null;
      const sampling = task.shuffle?.sampling;
      const sampled = sampling === undefined ? {} : { sampled: sampleBuckets(columns, sampling) };
      return { ...deliver(buckets, task, exchange, sink.operator), heavy, runs, met, residues: [], ...sampled };
    }
    case 'fragments': {
      if (pipe.source.kind !== 'fragments') throw new TypeError('a sink of fragments needs a source of them');
      const { rest, byHome } = yield* fragmentsOf(run, pipe.source);
      const buckets = new Array<Columns>(2 * sink.reducers).fill(EMPTY);
      buckets[task.partition] = rest;
      for (const [home, fragments] of byHome) buckets[sink.reducers + home] = fragments;
      return { ...deliver(buckets, task, exchange, sink.operator), ...NOT_HEAVY };
    }
    case 'residues': {
      if (pipe.source.kind !== 'residues') throw new TypeError('a sink of residues needs a source of them');
      const { buckets, residues } = yield* leftOfSplitKeys(run, pipe.source);
      return { ...deliver(buckets, task, exchange, sink.operator), ...NOT_HEAVY, residues };
    }
  }
}

function* callForeach(
  run: TaskRun,
  sink: Extract<Sink, { kind: 'foreach' }>,
  records: readonly unknown[],
): Sliced<void> {
  const { partition, args } = run.task;
  const batch = args[sink.batch];
  if (batch.kind !== 'value') throw new TypeError('an output of partitions needs to know its batch');
  try {
    const f = run.resolve(sink.fn) as PartitionOutputFunction;
    const about = batch.value as Omit<PartitionOutput, 'client'>;
    const result = followTask(() => f(records.values(), partition, about, run.services));
    if (result instanceof Promise) yield result;
  } catch (e) {
    throw new OperatorFailure(sink.operator, e);
  }
}

/** What a map task has for each reducer, and its heavy keys: also those whose values it has combined. */
function* scattered(run: TaskRun, task: Task, sink: Extract<Sink, { kind: 'shuffle' }>): Sliced<Combined> {
  const { aggregator, operator } = sink;
  if (aggregator === null) {
    const columns = yield* scatter(run, task, sink);
    return { columns, heavy: sampleHeavyKeys(columns) };
  }
  const partition = partitionFunction(run, task, sink);
  const found = yield* combine(run, task.program.pipe, { ...sink, aggregator, partition });
  // Pairs that were left as they are may have a heavy key all the same, and of another part of the task than was looked at.
  const heavy = sampleHeavyKeys(found.columns);
  if (heavy.length === 0) return found;
  const functions = run.aggregator(aggregator, operator);
  const { buckets, folded } = run.blaming(operator, () => foldHeavy(found.columns, heavy, partition, functions));
  run.recordsCombined += folded;
  return { columns: buckets, heavy };
}

/** Pairs or records as they are to one bucket for each reducer. */
function* scatter(run: TaskRun, task: Task, sink: Extract<Sink, { kind: 'shuffle' }>): Sliced<readonly Columns[]> {
  const { pipe } = task.program;
  const { reducers } = sink;
  if (sink.mode === 'deal') return deal(yield* run.records(pipe), task.partition, reducers);
  const partition = partitionFunction(run, task, sink);
  const keys: unknown[][] = Array.from({ length: reducers }, () => []);
  const values: unknown[][] = Array.from({ length: reducers }, () => []);
  yield* run.into(pipe, { kind: 'scatter', reducers }, sink.operator, [], { keys, values, partition });
  const buckets = keys.map((k, r) => ({ keys: k, values: values[r] }));
  if (sink.partition.kind !== 'range') return buckets;
  return spreadKeys(buckets, rangePlan(task, sink.partition.plan), task.partition, sink.partition.ascending);
}

function rangePlan(task: Task, index: number): RangePlan {
  const plan = task.args[index];
  if (plan.kind !== 'value') throw new TypeError('a shuffle by ranges needs its plan');
  return plan.value as RangePlan;
}

function deal(records: readonly unknown[], partition: number, reducers: number): Columns[] {
  if (reducers === 1) return [{ keys: [], values: records }];
  const values: unknown[][] = Array.from({ length: reducers }, () => []);
  // Each map partition begins at another reducer, so that many small partitions do not all fill the first one.
  for (let i = 0; i < records.length; i++) values[(partition + i) % reducers].push(records[i]);
  return values.map((v) => ({ keys: [], values: v }));
}

function partitionFunction(
  run: TaskRun,
  task: Task,
  sink: Extract<Sink, { kind: 'shuffle' }>,
): (key: unknown) => number {
  const { partition, reducers } = sink;
  switch (partition.kind) {
    case 'hash':
      return (key) => hashKey(key) % reducers;
    case 'buckets': {
      const argument = task.args[partition.table];
      if (argument.kind !== 'value') throw new TypeError('a shuffle by buckets needs their table');
      const table = argument.value as BucketTable;
      return (key) => table[hashKey(key) % table.length];
    }
    case 'custom': {
      const partitioner = customPartitioner(reducers, run.resolve(partition.fn), partition.name);
      return (key) => partitioner.getPartition(key);
    }
    case 'range': {
      const { bounds } = rangePlan(task, partition.plan);
      const partitioner = rangePartitioner(bounds, partition.ascending, compareValues);
      return (key) => partitioner.getPartition(key);
    }
  }
}

/** How many bytes buckets are when they are encoded, told by some of their records: the same on every backend. */
function encodedBytes(buckets: readonly Columns[], count: number, operator: string): number {
  const keys: unknown[] = [];
  const values: unknown[] = [];
  for (const { bucket, at } of recordsApart(buckets, Math.max(1, Math.floor(count / SIZED)))) {
    if (bucket.keys.length > 0) keys.push(bucket.keys[at]);
    values.push(bucket.values[at]);
  }
  if (values.length === 0) return 0;
  return Math.ceil((encodePairs(keys, values, operator).length * count) / values.length);
}

/** Keeps what reducers of this slot will read, encodes the rest into one shared buffer. */
function deliver(
  columns: readonly Columns[],
  task: Task,
  exchange: Exchange,
  operator: string,
): Omit<Written, keyof typeof NOT_HEAVY> {
  const shuffle = task.shuffle;
  if (shuffle === null) throw new TypeError('a shuffle sink needs to know where reducers run');
  let count = 0;
  let bytes = 0;
  const local: (Columns | null)[] = new Array(columns.length).fill(null);
  const buckets = columns.map((bucket, r): BucketOutput => {
    const size = bucket.values.length;
    count += size;
    if (size === 0) return null;
    if ((shuffle.local[r] ?? shuffle.localSlices) && !exchange.encodesLocal) {
      local[r] = bucket;
      return { kind: 'local', count: size };
    }
    const encoded = encodePairs(bucket.keys as unknown[], bucket.values as unknown[], operator, {
      unique: bucket.unique === true,
      shared: 'large',
    });
    bytes += encoded.length;
    return { kind: 'bytes', bytes: encoded, count: size };
  });
  const bucketBytes = shuffle.sized ? encodedBytes(columns, count, operator) : 0;
  return { records: null, buckets, local, count, bytes, bucketBytes };
}
