/*
 * For writers of backends: the contract, and the parts that local backends are made of.
 */
export { buildJob, importJob } from '../api/job.ts';
export { ContextPlanFunctions } from '../api/plan-functions.ts';
export { type ErrorData, error, fromErrorData, toErrorData } from '../errors/index.ts';
export type { Handle } from '../lineage/rdd-node.ts';
export type { GraphResult, PartitionRecords, StageGraph } from '../lineage/stage-graph.ts';
export { fingerprint, fingerprintDifference } from '../plan/fingerprint.ts';
export type { FromReceiver, ReceiverChannel, ToReceiver } from '../receiver/receiver-messages.ts';
export type { ReceiverSettings } from '../receiver/receiver-settings.ts';
export { serveReceiver } from '../receiver/serve-receiver.ts';
export { type Clock, SystemClock } from '../schedule/clock.ts';
export { after } from '../schedule/delay.ts';
export type { RestoredState, SavedState, StateBase, StateRequest, SweepRequest } from '../state/saved-state.ts';
export { decodeDelta, type StateDelta } from '../state/state-delta.ts';
export type { StateFound, StateRead } from '../state/state-read.ts';
export type { StateReads, StoreId, TouchedAt, TouchedPage } from '../state/stored-state.ts';
export { driveTask } from '../task/drive-task.ts';
export type { JoinPart, WantedKeys } from '../task/join-pieces.ts';
export type { BucketInput, Program, Task, TaskOutput, TaskShuffle } from '../task/program.ts';
export type { Exchange } from '../task/sink.ts';
export { SlotRuntime } from '../task/slot-runtime.ts';
export type { FragmentPart } from '../task/split-read.ts';
export { type TaskStop, TaskStopped } from '../task/task-stop.ts';
export { BroadcastCache, decodeBroadcast, encodeBroadcast } from './broadcast-cache.ts';
export { type BackendSession, type ExecutionBackend, type JobDescriptor, SlotLost, TaskOverdue } from './contract.ts';
export { encodedExchange, liveExchange, sealRecords, threadExchange, verifyingExchange } from './exchange.ts';
export { LocalSlot, taskFailure } from './local-slot.ts';
export { endsWhole, type SlotRequest, type SlotResult, type SlotStop, type SlotTransport } from './slot-transport.ts';
export { StageRunner } from './stage-runner.ts';
