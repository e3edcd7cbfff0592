import { describe, error } from '../errors/index.ts';
import type { InputFlow } from '../events/listener.ts';
import type { FunctionScope } from '../lineage/function-scope.ts';
import type { RddNode, SourcePartition } from '../lineage/rdd-node.ts';
import { sourceRdd } from '../lineage/rdd-ops.ts';
import type { InputInfoTracker } from '../schedule/input-info-tracker.ts';
import { type InputDStream, type SourceBatch, splitRecords } from './input-dstream.ts';
import { RDD } from './rdd/rdd.ts';
import { Time } from './time.ts';

/** Asks an input for its batch and turns whatever it gives into lineage; reports the input's figures. */
export function sourceBatchRdd(
  input: InputDStream<unknown>,
  scope: FunctionScope,
  time: number,
  tracker: InputInfoTracker,
): RddNode | null {
  const given = input.compute(new Time(time));
  if (given === null) return null;
  if (given instanceof RDD) {
    if (given.setting.owner !== input.context) throw error('MR_MIXED_CONTEXTS', { operator: input.name });
    tracker.report(time, {
      ...flowOf(input),
      inputStreamId: input.id,
      numRecords: liveCount(given.node),
      metadata: {},
    });
    return given.node;
  }
  const batch: SourceBatch = Array.isArray(given) ? { partitions: splitRecords(given, 1) } : (given as SourceBatch);
  if (!Array.isArray(batch?.partitions)) {
    throw error('MR_OPTION', {
      option: `compute() of ${input.name}`,
      value: describe(given),
      rule: 'must give records, an RDD, { partitions }, or null',
    });
  }
  const numRecords = batch.numRecords ?? batch.partitions.reduce((n, p) => n + count(p), 0);
  tracker.report(time, { ...flowOf(input), inputStreamId: input.id, numRecords, metadata: batch.metadata ?? {} });
  const reader = input.node.functions.length > 0 ? scope.at(0) : null;
  return sourceRdd(scope, batch.partitions, reader);
}

function flowOf(input: InputDStream<unknown>): { readonly flow?: InputFlow } {
  const flow = input.flow();
  return flow === null ? {} : { flow };
}

function count(partition: SourcePartition): number {
  switch (partition.kind) {
    case 'live':
      return partition.records.length;
    case 'blocks':
      return partition.blocks.reduce((n, b) => n + Math.max(0, b.count), 0);
    case 'range':
      return partition.count ?? 0;
  }
}

function liveCount(node: RddNode): number {
  return node.op.kind === 'source' ? node.op.partitions.reduce((n, p) => n + count(p), 0) : 0;
}
