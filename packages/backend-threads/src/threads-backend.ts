import { availableParallelism } from 'node:os';
import type { ExecutionBackend } from '@millrace/core';
import {
  type BackendSession,
  error,
  type Handle,
  type JobDescriptor,
  type ReceiverChannel,
  type ReceiverSettings,
  StageRunner,
} from '@millrace/core/backend';
import { Piscina } from 'piscina';
import { heapLimits } from './heap-limits.ts';
import type { ThreadsOptions } from './options.ts';
import { startReceiverThread } from './receiver-thread.ts';
import { beforeLoadingInWorkers } from './typescript-in-workers.ts';
import { BroadcastStore, ProgramNumbers } from './wire.ts';
import { WorkerLine } from './worker-line.ts';
import { WorkerSlot } from './worker-slot.ts';

const WORKER = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url).href;

/** A pool of worker threads as a backend: one slot for each, and one Piscina for each slot, since partitions and state stay. */
export class ThreadsBackend implements ExecutionBackend {
  readonly name: string;
  readonly parallelism: number;
  readonly sharesMemory = false;
  running = true;
  readonly #options: ThreadsOptions;
  readonly #pools: Piscina[];
  readonly #lines: readonly WorkerLine[];
  readonly #sessions = new Set<ThreadsSession>();

  constructor(options: ThreadsOptions) {
    const { workers = availableParallelism(), resourceLimits, execArgv } = options;
    if (!Number.isInteger(workers) || workers < 1) {
      throw error('MR_OPTION', {
        option: 'threads: workers',
        value: workers,
        rule: 'must be a whole number of at least 1',
      });
    }
    this.#options = options;
    beforeLoadingInWorkers(WORKER);
    this.parallelism = workers;
    this.name = `threads(${workers})`;
    this.#pools = Array.from({ length: workers }, () => {
      const pool = new Piscina({
        filename: WORKER,
        minThreads: 1,
        maxThreads: 1,
        concurrentTasksPerWorker: 1,
        // Sleeping on atomics would stop the worker's own timers and its console between tasks, and gains nothing here.
        atomics: 'disabled',
        recordTiming: false,
        ...heapLimits(resourceLimits),
        ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
      });
      return pool;
    });
    this.#lines = this.#pools.map((pool) => {
      const line = new WorkerLine(pool);
      // A stray exception in a worker ends it; the next call to its slot finds a replacement and reports the loss. So do calls
      // that wait for it.
      pool.on('error', (e: unknown) => {
        if (line.isBusy) return;
        process.emitWarning(
          `an exception outside of any task in a worker of ${this.name}: ${e instanceof Error ? (e.stack ?? e.message) : String(e)}`,
          'MillraceWarning',
        );
      });
      return line;
    });
  }

  async open(job: JobDescriptor): Promise<BackendSession> {
    if (!this.running) throw error('MR_BACKEND_STOPPED', { backend: this.name });
    if (job.module !== null) beforeLoadingInWorkers(job.module.url);
    const session = new ThreadsSession(job, this.#lines, this.#options, this.name, () =>
      this.#sessions.delete(session),
    );
    this.#sessions.add(session);
    try {
      await session.open();
    } catch (e) {
      await session.close();
      throw e;
    }
    return session;
  }

  async stop(): Promise<void> {
    if (!this.running) return;
    this.running = false;
    for (const session of this.#sessions) await session.close();
    await Promise.all(this.#pools.map((pool) => pool.destroy()));
  }
}

class ThreadsSession implements BackendSession {
  readonly slots: number;
  losses = 0;
  readonly #workers: readonly WorkerSlot[];
  readonly #runner: StageRunner;
  readonly #job: JobDescriptor;
  readonly #options: ThreadsOptions;
  readonly #name: string;
  readonly #onClose: () => void;
  #open = true;

  constructor(
    job: JobDescriptor,
    lines: readonly WorkerLine[],
    options: ThreadsOptions,
    name: string,
    onClose: () => void,
  ) {
    this.#job = job;
    this.#options = options;
    const programs = new ProgramNumbers();
    const broadcasts = new BroadcastStore(job);
    const onLost = () => {
      this.losses += 1;
    };
    this.slots = lines.length;
    this.#workers = lines.map((line, slot) => new WorkerSlot(slot, line, job, programs, broadcasts, onLost));
    const { maxTaskFailures, taskTimeoutMs, speculation, clock } = job;
    this.#runner = new StageRunner(this.#workers, {
      maxTaskFailures,
      taskTimeoutMs,
      clock,
      speculation,
      remote: true,
    });
    this.#name = name;
    this.#onClose = onClose;
  }

  async open(): Promise<void> {
    await Promise.all(this.#workers.map((w) => w.open()));
  }

  async run(graph: Parameters<BackendSession['run']>[0]) {
    if (!this.#open) throw error('MR_BACKEND_STOPPED', { backend: this.#name });
    return this.#runner.run(graph);
  }

  openReceiver(streamId: number, settings: ReceiverSettings): Promise<ReceiverChannel> {
    const { module, fingerprint, defaultParallelism, batchIntervalMs } = this.#job;
    const { url, params } = module as NonNullable<JobDescriptor['module']>;
    const request = { url, params, fingerprint, defaultParallelism, batchIntervalMs };
    return startReceiverThread(request, streamId, settings, this.#options);
  }

  saveState(requests: Parameters<BackendSession['saveState']>[0]) {
    return this.#runner.saveState(requests);
  }

  restoreState(states: Parameters<BackendSession['restoreState']>[0]) {
    return this.#runner.restoreState(states);
  }

  readState(read: Parameters<BackendSession['readState']>[0]) {
    return this.#runner.readState(read);
  }

  get epochs(): readonly number[] {
    return this.#workers.map((w) => w.epoch);
  }

  async fetch(handle: Handle, limit: number | null) {
    return this.#workers[handle.slot].fetch(handle.key, limit);
  }

  holds(handle: Handle): boolean {
    return this.#workers[handle.slot].epoch === handle.epoch;
  }

  release(handles: readonly Handle[]): void {
    this.#runner.release(handles);
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await Promise.all(this.#workers.map((w) => w.close()));
    this.#onClose();
  }
}
