import type { BackendSession } from '../backend/contract.ts';
import { SlotLost } from '../backend/contract.ts';
import type { BatchResult, JobCheckpoint } from '../checkpoint/job-checkpoint.ts';
import { keys } from '../checkpoint/layout.ts';
import { decodePartition, encodePartition } from '../checkpoint/stored-partition.ts';
import type { BatchPlanner } from '../lineage/batch-planner.ts';
import { sourceRdd } from '../lineage/rdd-ops.ts';
import type { PlanNode } from '../plan/node.ts';
import { partitionerOf } from '../plan/partitioning.ts';
import type { Batch } from '../schedule/batch.ts';

/** What nodes with state gave, where later batches look back at it: no lineage gives it again, so it is in the checkpoint. */
export class StoredOutputs {
  readonly #job: JobCheckpoint;
  readonly #planner: BatchPlanner;

  constructor(job: JobCheckpoint, planner: BatchPlanner) {
    this.#job = job;
    this.#planner = planner;
  }

  /** What is to be written for a batch. @throws SlotLost, MR_NOT_ENCODABLE */
  async entriesOf(batch: Batch, session: BackendSession): Promise<BatchResult['entries']> {
    const entries: BatchResult['entries'][number][] = [];
    for (const { kept, scope } of batch.advances) {
      if (kept === null || !kept.lasting) continue;
      const until = batch.time + this.#planner.rememberOfName(scope.operator);
      for (const [partition, handle] of kept.handles.entries()) {
        if (handle === null || !session.holds(handle)) {
          kept.handles[partition] = null;
          throw new SlotLost(partition % session.slots, `what ${scope.operator} gave is gone`);
        }
        const records = await session.fetch(handle, null);
        const value = encodePartition(records, scope.operator);
        entries.push({ key: keys.output(scope.operator, batch.time, partition), value, until });
      }
    }
    return entries;
  }

  /**
   * Gives the planner what nodes gave in the run before. Where nothing is stored they gave nothing: no lineage gives it now.
   * @param stateful nodes with state that outputs depend on
   * @param over times of the batches that are over
   */
  restore(stateful: readonly PlanNode[], over: readonly number[]): void {
    const planner = this.#planner;
    for (const node of stateful) {
      const byTime = new Map<number, ReturnType<typeof decodePartition>[]>();
      for (const { key, value } of this.#job.store.entries(['output', node.name])) {
        const time = key[2] as number;
        const list = byTime.get(time) ?? [];
        list.push(decodePartition(value));
        byTime.set(time, list);
      }
      for (const time of over) if (!byTime.has(time)) planner.seed(node, time, null);
      // A window puts these and later batches together, which goes by how they are laid out.
      const { properties, laidOutLike } = node.operator;
      const partitioned = properties.partitionsByKey && node.params.rememberPartitioner !== false;
      const by = laidOutLike?.(node) ?? (partitioned ? node : null);
      for (const [time, partitions] of byTime) {
        const scope = planner.scope(node, time);
        // Where buckets have moved nobody knows where they lay in the past.
        const partitioner =
          by === null || planner.tableAt(by.name, Number.POSITIVE_INFINITY) !== null
            ? null
            : partitionerOf(by, scope, planner.defaultParallelism).partitioner;
        planner.seed(node, time, sourceRdd(scope, partitions, null, partitioner));
        const until = time + planner.rememberOf(node);
        this.#job.expire(until, { kind: 'deletePrefix', prefix: keys.outputs(node.name, time) });
      }
    }
  }
}
