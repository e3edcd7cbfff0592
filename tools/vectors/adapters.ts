import type { ExecutionBackend } from '../../packages/core/src/index.ts';
import { calls, runCalls } from './calls/run.ts';
import { runDStream } from './dstream/run.ts';
import { runAtLeastOnce } from './files/at-least-once.ts';
import { runFileRecovery } from './files/recovery.ts';
import { runFileStream } from './files/run.ts';
import type { Vector } from './format.ts';
import { runForeach } from './scripts/foreach.ts';
import { runKafkaStream } from './scripts/kafka-stream.ts';
import { runQueueStream } from './scripts/queue-stream.ts';
import { runRetention } from './scripts/retention.ts';
import { runSlice } from './scripts/slice.ts';
import { runStateUpdate } from './scripts/state-update.ts';
import { machines, runTrace } from './traces/run.ts';

type Adapter = (vector: Vector) => Promise<void>;
type BackendAdapter = (vector: Vector, backend: ExecutionBackend) => Promise<void>;

const byKind: Readonly<Record<string, Adapter>> = {
  slice: runSlice,
  retention: runRetention,
  queueStream: runQueueStream,
  foreach: runForeach,
  stateUpdate: runStateUpdate,
  kafkaStream: runKafkaStream,
};

/** What runs vectors of a kind that needs no choice of backend; null if there is none yet. Never looks at the id. */
export function adapterFor({ kind, operation }: Vector): Adapter | null {
  if (kind === 'calls') return Object.hasOwn(calls, operation) ? runCalls : null;
  if (kind === 'trace') return Object.hasOwn(machines, operation) ? runTrace : null;
  return byKind[kind] ?? null;
}

const onBackends: Readonly<Record<string, BackendAdapter>> = {
  dstream: runDStream,
  fileStream: runFileStream,
  fileStreamRecovery: runFileRecovery,
  atLeastOnce: runAtLeastOnce,
};

/** What runs vectors of a kind that every backend has to pass; null for the others. */
export function backendAdapterFor({ kind }: Vector): BackendAdapter | null {
  return onBackends[kind] ?? null;
}
