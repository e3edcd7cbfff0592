import type { MessagePort } from 'node:worker_threads';
import type {
  ErrorData,
  PartitionRecords,
  Program,
  RestoredState,
  SavedState,
  StateFound,
  StateRead,
  StateRequest,
  Task,
} from '@millrace/core/backend';
import type { Packet } from './wire-format.ts';

/*
 * What driver and workers say to each other. Plain data; bytes of more than a few kilobytes lie in shared memory and are
 * not copied.
 */

/** A task whose program is named by number: programs are sent once. */
export type WireTask = Omit<Task, 'program'> & { readonly program: number };

/** Makes a worker build a job's plan. */
export interface OpenMessage {
  readonly type: 'open';
  readonly session: string;
  readonly slot: number;
  readonly url: string;
  readonly params: unknown;
  readonly fingerprint: string;
  readonly defaultParallelism: number;
  /** The driver's: whoever loaded the job may have given another one than the module says. */
  readonly batchIntervalMs: number;
  /** Shared memory in which the worker says which task runs and hears which is to stop; null where nobody asks. */
  readonly progress: Int32Array<SharedArrayBuffer> | null;
  /** Where to ask for state that lies in the checkpoint's store; null without one. */
  readonly stateReads: MessagePort | null;
}

/** Runs tasks, after forgetting and learning what the message brings. */
export interface RunMessage {
  readonly type: 'run';
  readonly session: string;
  /** Counts the run messages of the session to this slot. */
  readonly number: number;
  /** Batch time in ms. */
  readonly time: number;
  readonly drops: readonly string[];
  /** Programs that the worker does not have yet; with `forgetPrograms` all others are forgotten first. */
  readonly programs: readonly (readonly [id: number, program: Program])[];
  readonly forgetPrograms: boolean;
  readonly broadcasts: readonly { readonly name: string; readonly version: number; readonly bytes: Uint8Array }[];
  readonly versions: readonly (readonly [name: string, version: number])[];
  readonly tasks: Packet;
  /** True if the first task that `endsWhole` ends it: later tasks build on earlier ones. */
  readonly whole: boolean;
}

export interface FetchMessage {
  readonly type: 'fetch';
  readonly session: string;
  readonly key: string;
  readonly limit: number | null;
}

export interface ExportMessage {
  readonly type: 'export';
  readonly session: string;
  readonly key: string;
  readonly reducer: number;
}

export interface SaveStatesMessage {
  readonly type: 'saveStates';
  readonly session: string;
  readonly requests: readonly StateRequest[];
}

export interface RestoreStatesMessage {
  readonly type: 'restoreStates';
  readonly session: string;
  readonly states: readonly RestoredState[];
}

export interface ReadStateMessage {
  readonly type: 'readState';
  readonly session: string;
  readonly read: StateRead;
}

export interface CloseMessage {
  readonly type: 'close';
  readonly session: string;
}

export type Message =
  | OpenMessage
  | RunMessage
  | FetchMessage
  | ExportMessage
  | SaveStatesMessage
  | RestoreStatesMessage
  | ReadStateMessage
  | CloseMessage;

/** What a worker hears first, from its pool: where all other messages will come. */
export interface LineMessage {
  readonly port: MessagePort;
}

/** A worker's answer. `unknown` means that it never heard of the session: it is a replacement of the one that did. */
export type Answer =
  | { readonly type: 'ok' }
  | { readonly type: 'ran'; readonly results: Packet }
  | { readonly type: 'records'; readonly records: PartitionRecords }
  | { readonly type: 'bucket'; readonly bucket: { readonly bytes: Uint8Array; readonly count: number } | null }
  | { readonly type: 'states'; readonly states: readonly SavedState[] }
  | { readonly type: 'stateFound'; readonly found: readonly StateFound[] }
  /** The job is forgotten; what went wrong with closing its resources, in words. */
  | { readonly type: 'closed'; readonly complaints: readonly string[] }
  | { readonly type: 'error'; readonly error: ErrorData }
  /** The answer cannot be sent; why, in words. */
  | { readonly type: 'uncloneable'; readonly what: string }
  | { readonly type: 'unknown' };
