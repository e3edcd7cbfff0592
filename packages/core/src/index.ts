/*
 * Millrace: discretized streams for Node.js. This entry is what programs use; `./backend` is for writers of backends,
 * `./testing` for tests.
 */
import './require-node.ts';

export { Accumulator } from './api/accumulator.ts';
export type { AsyncOptions, AsyncRddOptions } from './api/async-options.ts';
export type { BatchSink, SinkBatch, SinkPartition } from './api/batch-sink.ts';
export { Broadcast } from './api/broadcast.ts';
export type { BroadcastTable } from './api/broadcast-table.ts';
export { CommittedState, type StateEntries, type StateEntriesOptions } from './api/committed-state.ts';
export type {
  AdaptiveIntervalOptions,
  CheckpointOptions,
  CheckpointPlace,
  ContextOptions,
  StreamingContextState,
  WriteAheadLogOptions,
} from './api/context-options.ts';
export { DStream } from './api/dstream/dstream.ts';
export { MapWithStateDStream } from './api/dstream/map-with-state-dstream.ts';
export type { DedupeOptions, UpdateStateOptions } from './api/dstream/state-operators.ts';
export type { InverseOptions } from './api/dstream/window-operators.ts';
export type { Health, HealthFailure, HealthStatus, InputBacklog, Lag } from './api/health.ts';
export {
  ConstantInputDStream,
  InputDStream,
  type InputOptions,
  type QueueEntry,
  type QueueOptions,
  type RangeContext,
  type SourceBatch,
} from './api/input-dstream.ts';
export {
  defineJob,
  type Job,
  type JobBuilder,
  type JobDefinition,
  type LoadedJob,
  type LoadOptions,
  loadJob,
} from './api/job.ts';
export type { LifeEnd, LifeHooks } from './api/life-hooks.ts';
export {
  type DeadLetter,
  type DeadLetterOptions,
  type DeadLetterPolicy,
  deadLetter,
  type OnError,
} from './api/on-error.ts';
export type { KeyOptions, Named } from './api/options.ts';
export type { Pair } from './api/pair.ts';
export type { Statistics } from './api/rdd/actions.ts';
export type { SortOptions } from './api/rdd/element-operations.ts';
export { RDD } from './api/rdd/rdd.ts';
export { ReceiverInputDStream, type ReceiverStreamOptions } from './api/receiver-input-dstream.ts';
export { type ReplayOptions, type ReplaySummary, replayLetters } from './api/replay-letters.ts';
export type { SpeculationOptions } from './api/speculation-options.ts';
export type { MigrateOptions } from './api/state-migrations.ts';
export { type AdvancedStateFunction, type SimpleStateFunction, StateSpec } from './api/state-spec.ts';
export type { StopOptions } from './api/stop-options.ts';
export { StreamingContext } from './api/streaming-context.ts';
export { Duration, milliseconds, minutes, seconds, Time } from './api/time.ts';
export { using } from './api/using.ts';
export type { ExecutionBackend } from './backend/contract.ts';
export { type LmdbStoreOptions, lmdbStore } from './checkpoint/lmdb-store.ts';
export { memoryStore } from './checkpoint/memory-store.ts';
export type {
  CheckpointStore,
  EntriesOptions,
  StoreChange,
  StoreEntry,
  StoreKey,
} from './checkpoint/store.ts';
export { type Aggregate, defineAggregate, fromReduce } from './data/aggregate.ts';
export * from './data/aggregates/index.ts';
export { type Block, linesBlock } from './data/block.ts';
export { type Codec, registerCodec } from './data/codec.ts';
export {
  compareValues,
  customPartitioner,
  hashPartitioner,
  type Partitioner,
  rangePartitioner,
} from './data/partitioner.ts';
export { type ErrorCode, isMillraceError, MillraceError } from './errors/index.ts';
export type {
  BatchInfo,
  BatchTaskInfo,
  InputFlow,
  OutputOperationInfo,
  ReceiverInfo,
  RecordFailureInfo,
  StreamInputInfo,
  StreamingListener,
} from './events/listener.ts';
export { StatsReportListener } from './events/stats-report-listener.ts';
export type {
  BatchesReport,
  CheckpointReport,
  InputReport,
  LogSummary,
  OwnerReport,
  StateReport,
  StoreReport,
} from './inspect/checkpoint-report.ts';
export { type InspectOptions, inspectCheckpoint } from './inspect/inspect-checkpoint.ts';
export type { SourcePartition } from './lineage/rdd-node.ts';
export type { LogDamage } from './log/recover.ts';
export type { Partitioning } from './plan/partitioning.ts';
export {
  type AggregateSkewOptions,
  type AggregateStrategy,
  type BroadcastSide,
  broadcast,
  type JoinSkewOptions,
  type JoinStrategy,
  type Salted,
  type SkewOptions,
  type SkewStrategy,
  salted,
} from './plan/skew-option.ts';
export type { PlacementOptions, StatePlacement } from './plan/state-placement.ts';
export { Receiver } from './receiver/receiver.ts';
export type { IntakeOptions } from './receiver/receiver-settings.ts';
export type { Letter } from './replay/letter.ts';
export { type Letters, markReplayed, type ReadLettersOptions, readLetters } from './replay/read-letters.ts';
export type { Backoff } from './schedule/backoff.ts';
export { type Clock, SystemClock } from './schedule/clock.ts';
export type { PidOptions } from './schedule/pid-rate-estimator.ts';
export type { BackpressureOptions } from './schedule/rate-controller.ts';
export type { HeavyKey } from './skew/heavy-key.ts';
export type { ShuffleMetrics, ShuffleSplit } from './skew/shuffle-metrics.ts';
export type { StateMove, StateMoveBucket } from './skew/state-move.ts';
export type { State } from './state/state.ts';
export type { AsyncCall } from './task/async-map.ts';
export type { PartitionOutput } from './task/partition-output.ts';
export type { Resource } from './task/resources.ts';
