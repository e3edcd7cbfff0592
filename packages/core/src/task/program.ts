import type { Block } from '../data/block.ts';
import type { AnyFunction, FnRef, ScopeRebuild } from '../lineage/function-scope.ts';
import type { Handle, ShuffleMode, StateAction, StepKind } from '../lineage/rdd-node.ts';
import type { BucketSampling } from '../skew/bucket-loads.ts';
import type { HeavyKey } from '../skew/heavy-key.ts';
import type { MetKeys } from '../skew/met-keys.ts';
import type { HeavyRun, Residue } from '../skew/split-report.ts';
import type { JoinPart, WantedKeys } from './join-pieces.ts';
import type { JoinSide } from './probe.ts';
import type { RecordErrors } from './record-failures.ts';
import type { FragmentPart } from './split-read.ts';

/**
 * A function as a program names it: `"!builtin"`, `"node#i"`, or `"@k#i"`, the i-th function of the scope in argument k.
 * The last form keeps programs equal from batch to batch although `transform` makes new functions each time.
 */
export type ProgramFn = string;

/** One fused step. `operator` is the plan node's name, for errors. */
export type PipeStep =
  | {
      readonly kind: StepKind;
      readonly fn: ProgramFn;
      readonly operator: string;
      /** What becomes of records that fail; left out where they fail the task. */
      readonly errors?: RecordErrors;
    }
  /** Keeps a copy of what flows by under the task's store key of that index. */
  | { readonly kind: 'tee'; readonly store: number };

/** The functions of an aggregate inside a program. */
export interface ProgramAggregator {
  readonly create: ProgramFn | null;
  readonly add: ProgramFn;
  readonly merge: ProgramFn | null;
}

/** Where a pipe's records come from. */
export type PipeSource =
  | { readonly kind: 'input'; readonly input: number }
  | {
      readonly kind: 'shuffle';
      readonly input: number;
      readonly mode: ShuffleMode;
      /** How the reducer puts values of a key together; null leaves pairs as they are. */
      readonly merge: 'values' | 'accumulators' | 'group' | null;
      readonly aggregator: ProgramAggregator | null;
      readonly operator: string;
    }
  /** Keys of a reducer, and slices of keys that are split: only for a sink of fragments. */
  | {
      readonly kind: 'fragments';
      readonly input: number;
      readonly merge: 'values' | 'group';
      readonly aggregator: ProgramAggregator | null;
      readonly operator: string;
    }
  | {
      readonly kind: 'partitions';
      readonly from: Pipe;
      readonly fn: ProgramFn;
      readonly context: number;
      readonly operator: string;
    }
  | {
      readonly kind: 'fold';
      readonly from: Pipe;
      readonly create: ProgramFn | null;
      readonly add: ProgramFn;
      readonly operator: string;
    }
  | {
      readonly kind: 'aggregate';
      readonly from: Pipe;
      readonly aggregator: ProgramAggregator;
      readonly merged: boolean;
      readonly operator: string;
    }
  | { readonly kind: 'group'; readonly from: Pipe; readonly operator: string }
  | { readonly kind: 'concat'; readonly from: readonly Pipe[] }
  /** `pieces`: the input with what it makes of keys that are split; null where none can be. */
  | {
      readonly kind: 'cogroup';
      readonly sides: readonly Pipe[];
      readonly pieces: number | null;
      readonly operator: string;
    }
  /** What is left of split keys in the sides of a join: only for a sink of residues. `wanted`: the input that names the keys. */
  | { readonly kind: 'residues'; readonly sides: readonly Pipe[]; readonly wanted: number; readonly operator: string }
  | { readonly kind: 'cartesian'; readonly left: Pipe; readonly right: Pipe }
  /** The large side of a join against a table of the small one. */
  | {
      readonly kind: 'probe';
      readonly from: Pipe;
      readonly table: Pipe;
      readonly small: JoinSide;
      readonly keepsAlone: boolean;
      /** The argument that tells the table from all others of its batch. */
      readonly name: number;
      readonly operator: string;
    }
  | {
      readonly kind: 'state';
      readonly sides: readonly Pipe[];
      readonly initial: Pipe | null;
      /** State that comes from other partitions: `[key, [state, time]]`; null where none can. */
      readonly arriving: Pipe | null;
      readonly node: string;
      readonly action: number;
    }
  | { readonly kind: 'snapshot'; readonly from: Pipe; readonly node: string }
  | { readonly kind: 'stateBefore'; readonly node: string; readonly base: number }
  /** `moves`: the argument that says which keys will lie elsewhere. */
  | { readonly kind: 'stateLeaving'; readonly node: string; readonly base: number; readonly moves: number };

/** Sources of one kind, or of several. */
export type SourceOf<K extends PipeSource['kind']> = Extract<PipeSource, { kind: K }>;

/** A source and the steps fused behind it. */
export interface Pipe {
  readonly source: PipeSource;
  readonly steps: readonly PipeStep[];
}

/** Where a task's records go. */
export type Sink =
  /** Back to the caller. */
  | { readonly kind: 'records' }
  /** Nowhere: what a tee kept is enough. */
  | { readonly kind: 'none' }
  /** To a user's function, once for the partition. `batch`: the argument with what it is told of the batch. */
  | { readonly kind: 'foreach'; readonly fn: ProgramFn; readonly batch: number; readonly operator: string }
  /** Into one bucket for each reducer. */
  | {
      readonly kind: 'shuffle';
      readonly mode: ShuffleMode;
      readonly reducers: number;
      /** null: hash of the key; else the argument or function that decides. */
      readonly partition:
        | { readonly kind: 'hash' }
        | { readonly kind: 'buckets'; readonly table: number }
        | { readonly kind: 'custom'; readonly fn: ProgramFn; readonly name: string }
        | { readonly kind: 'range'; readonly plan: number; readonly ascending: boolean };
      /** What values of a key are combined by; null: they are not. */
      readonly aggregator: ProgramAggregator | null;
      /** Whether they are combined only where a look at the pairs says that it pays. */
      readonly measured: boolean;
      readonly operator: string;
    }
  /** For each reducer what is not split, then for each the fragments of its split keys. */
  | { readonly kind: 'fragments'; readonly reducers: number; readonly operator: string }
  /** Each in a bucket of its own. */
  | { readonly kind: 'residues'; readonly operator: string };

/**
 * What a task does, as plain data and equal from batch to batch: everything that changes (times, handles, bounds, made
 * functions) is in the task's inputs and arguments. Equal signatures mean equal programs, so each is compiled once.
 */
export interface Program {
  readonly signature: string;
  readonly pipe: Pipe;
  readonly sink: Sink;
}

/** What changes from batch to batch. */
export type TaskArgument =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'action'; readonly action: StateAction }
  | {
      readonly kind: 'partitions';
      /** Of the RDD itself: a union's task may have another number. */
      readonly partition: number;
      readonly time: number;
      readonly seed: string;
      readonly parameter: unknown;
      readonly decision: unknown;
    }
  | {
      readonly kind: 'scope';
      readonly rebuild: ScopeRebuild | null;
      readonly trace: string;
      readonly live: readonly AnyFunction[] | null;
    };

/** One bucket of a map task's output as a reducer gets it. */
export type BucketInput =
  | { readonly kind: 'local'; readonly key: string; readonly reducer: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly count: number };

/** Where a task's input comes from, with every reference resolved. */
export type TaskInput =
  | { readonly kind: 'live'; readonly records: readonly unknown[]; readonly operator: string }
  | { readonly kind: 'blocks'; readonly blocks: readonly Block[]; readonly operator?: string }
  | { readonly kind: 'range'; readonly reader: FnRef; readonly range: unknown; readonly operator: string }
  | { readonly kind: 'handle'; readonly handle: Handle }
  | { readonly kind: 'buckets'; readonly buckets: readonly BucketInput[] }
  /** Of a shuffle of which keys are split: what a fragment task works on. */
  | { readonly kind: 'fragments'; readonly buckets: readonly BucketInput[]; readonly part: FragmentPart }
  /** What fragment tasks have made for a reducer: first what is not split, if there is any. `keys`: those of the plan. */
  | {
      readonly kind: 'assembly';
      readonly rest: BucketInput | null;
      readonly fragments: readonly BucketInput[];
      readonly keys: readonly unknown[];
    }
  | { readonly kind: 'wanted'; readonly keys: WantedKeys }
  | { readonly kind: 'pieces'; readonly buckets: readonly BucketInput[]; readonly part: JoinPart };

/** Where the map output of a task goes. */
export interface TaskShuffle {
  /** Key of the map output. */
  readonly key: string;
  /** For each bucket whether it will be read in this slot. */
  readonly local: readonly boolean[];
  /** Whether buckets behind those, of slices, will be. */
  readonly localSlices: boolean;
  /** Whether heavy keys leave their buckets. */
  readonly splits: boolean;
  /** Whether it is told which keys a sample has met: the other side of a join has them as well. */
  readonly meets: boolean;
  /** Whether it is asked how many bytes the buckets are when they are encoded. */
  readonly sized: boolean;
  /** Set where it is told which virtual buckets keys belong to. */
  readonly sampling?: BucketSampling;
}

/** One task, ready to run in a slot. */
export interface Task {
  readonly id: number;
  readonly program: Program;
  readonly partition: number;
  readonly inputs: readonly TaskInput[];
  readonly args: readonly TaskArgument[];
  /** Keys under which tee steps keep partitions. */
  readonly stores: readonly string[];
  /** Set for a sink that writes buckets. */
  readonly shuffle: TaskShuffle | null;
}

/** One bucket of a map output as the task reports it: null when empty. */
export type BucketOutput =
  | null
  | { readonly kind: 'local'; readonly count: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly count: number };

/** What a task hands back. */
export interface TaskOutput {
  /** Records of a `records` sink: live, or one block. */
  readonly records:
    | { readonly kind: 'live'; readonly records: unknown[] }
    | { readonly kind: 'blocks'; readonly blocks: readonly Block[] }
    | null;
  readonly buckets: readonly BucketOutput[] | null;
  /** Keys with many records. */
  readonly heavy: readonly HeavyKey[];
  /** Those of them that have left their buckets. */
  readonly runs: readonly HeavyRun[];
  /** Keys that a sample of the pairs has met; null unless that is asked for. */
  readonly met: MetKeys | null;
  /** What each bucket of a `residues` sink has. */
  readonly residues: readonly Residue[];
  /** The virtual buckets of some keys, where that is asked for. */
  readonly sampled?: readonly number[];
  /** Counts of the partitions kept, by index of `stores`. */
  readonly stored: readonly number[];
  readonly metrics: TaskMetrics;
  /** Accumulator name and the value added by this attempt. */
  readonly accumulated: readonly (readonly [name: string, value: unknown])[];
}

/** Figures of one task. */
export interface TaskMetrics {
  /** Milliseconds from the task's first instruction to its last. */
  readonly elapsedMs: number;
  readonly recordsRead: number;
  readonly recordsWritten: number;
  /** Pairs that were combined into others of their key before they moved. */
  readonly recordsCombined: number;
  /** Records that were looked up in the small side of a join. */
  readonly recordsProbed: number;
  /** About how many bytes its buckets are when they are encoded, where that was asked; else 0. */
  readonly bucketBytes: number;
  /** Bytes encoded for other slots or for the driver. */
  readonly bytesWritten: number;
}
