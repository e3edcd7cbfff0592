import type { BucketMoves } from '../data/bucket-table.ts';
import type { AnyFunction } from '../lineage/function-scope.ts';
import type { StateAction } from '../lineage/rdd-node.ts';
import type { StateBesides } from '../state/state-logic.ts';
import type { Columns } from './columns.ts';
import type { Loop, LoopSink } from './fuse.ts';
import type { Pieces } from './pieces.ts';
import type { ProbeTable } from './probe.ts';
import type { TableName } from './probe-tables.ts';
import type { BucketInput, Pipe, Task, TaskInput } from './program.ts';
import type { Sliced } from './slices.ts';
import type { SlotServices } from './slot-services.ts';

/** What a running task needs of the slot that it runs in. */
export interface TaskHost {
  /** Milliseconds of a steady clock, for slicing and metrics. */
  readonly elapsed: () => number;
  /** For functions that wait. */
  readonly services: SlotServices;
  /** The function behind a program's address. */
  resolve(fn: string, task: Task): AnyFunction;
  /** The loop for a pipe and sink, compiled at most once. */
  loop(pipe: Pipe, sink: LoopSink, sinkFunctions: readonly string[], task: Task, sinkOperator: () => string): Loop;
  /** All records of an input, or where they can come piece after piece, the pieces. */
  readInput(input: TaskInput): Sliced<readonly unknown[] | Pieces>;
  readBucket(bucket: BucketInput): Columns;
  /** The table of a join's small side, made at most once in a slot. */
  probeTable(name: TableName, make: () => Sliced<ProbeTable>): Sliced<ProbeTable>;
  applyState(
    node: string,
    partition: number,
    action: StateAction,
    sides: readonly (readonly Columns[])[],
    besides: StateBesides,
  ): Sliced<readonly unknown[]>;
  /** `[key, state]` of a partition as a batch that continues `base` finds them. */
  stateBefore(node: string, partition: number, base: number | null): readonly unknown[];
  /** `[key, [state, time of the last touch]]` of the keys of a partition that are to lie elsewhere, as a batch that continues `base` finds them. */
  stateLeaving(node: string, partition: number, base: number, moves: BucketMoves): Sliced<readonly unknown[]>;
  snapshotState(node: string, partition: number): readonly unknown[];
}
