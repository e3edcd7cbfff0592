import type { ExecutionBackend } from '@millrace/core';
import {
  type BackendSession,
  type Exchange,
  encodedExchange,
  error,
  type Handle,
  type JobDescriptor,
  LocalSlot,
  liveExchange,
  SlotRuntime,
  StageRunner,
  verifyingExchange,
} from '@millrace/core/backend';

/** Options of the single backend. */
export interface SingleOptions {
  /** Encodes and decodes what other backends have to encode: makes the cost of that visible. */
  readonly serialize?: boolean;
  /** The same, and freezes what tasks get: shows code that works only while records are shared. */
  readonly verify?: boolean;
}

/**
 * The calling thread as a backend: no copies, no messages. Between slices of about 8 ms it lets timers and sockets have
 * their turn. Jobs may be built inline.
 *
 * @example
 * ```ts
 * import { StreamingContext, seconds } from '@millrace/core';
 * import { single } from '@millrace/backend-single';
 * const ssc = new StreamingContext(single(), seconds(1));
 * ```
 */
export function single(options: SingleOptions = {}): ExecutionBackend {
  return new SingleBackend(options);
}

class SingleBackend implements ExecutionBackend {
  readonly name: string;
  readonly parallelism = 1;
  readonly sharesMemory = true;
  running = true;
  readonly #exchange: Exchange;
  readonly #sessions = new Set<SingleSession>();

  constructor(options: SingleOptions) {
    const { serialize = false, verify = false } = options;
    this.name = verify ? 'single (verify)' : serialize ? 'single (serialize)' : 'single';
    this.#exchange = verify ? verifyingExchange : serialize ? encodedExchange : liveExchange;
  }

  async open(job: JobDescriptor): Promise<BackendSession> {
    if (!this.running) throw error('MR_BACKEND_STOPPED', { backend: this.name });
    const session = new SingleSession(job, this.#exchange, () => this.#sessions.delete(session));
    this.#sessions.add(session);
    return session;
  }

  async stop(): Promise<void> {
    this.running = false;
    for (const session of this.#sessions) await session.close();
  }
}

class SingleSession implements BackendSession {
  readonly slots = 1;
  readonly losses = 0;
  readonly epochs = [0];
  readonly #slot: LocalSlot;
  readonly #runner: StageRunner;
  readonly #warn: (message: string) => void;
  readonly #onClose: () => void;
  #open = true;

  constructor(job: JobDescriptor, exchange: Exchange, onClose: () => void) {
    const { clock, plan, maxTaskFailures, taskTimeoutMs } = job;
    const runtime = new SlotRuntime({
      slot: 0,
      plan,
      clock,
      exchange,
      broadcast: (name, version) => job.broadcast(name, version),
      stateReads: job.stateReads,
    });
    this.#slot = new LocalSlot(runtime, clock, 0, taskTimeoutMs);
    this.#runner = new StageRunner([this.#slot], { clock, maxTaskFailures, taskTimeoutMs, remote: false });
    this.#warn = (message) => job.warn(message);
    this.#onClose = onClose;
  }

  async run(graph: Parameters<BackendSession['run']>[0]) {
    if (!this.#open) throw error('MR_BACKEND_STOPPED', { backend: 'single' });
    return this.#runner.run(graph);
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

  async fetch(handle: Handle, limit: number | null) {
    return this.#slot.fetch(handle.key, limit);
  }

  holds(): boolean {
    return this.#open;
  }

  release(handles: readonly Handle[]): void {
    this.#runner.release(handles);
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    for (const complaint of await this.#slot.runtime.close()) this.#warn(complaint);
    this.#onClose();
  }
}
