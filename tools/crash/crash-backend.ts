import {
  type BackendSession,
  type ExecutionBackend,
  type JobDescriptor,
  LocalSlot,
  SlotRuntime,
  type SlotTransport,
  StageRunner,
  type StateReads,
  threadExchange,
} from '@millrace/core/backend';
import type { Turns } from './turns.ts';

/** A backend whose every message takes its time, and may be the last. Its sessions are closed by `abandon`. */
export interface CrashBackend extends ExecutionBackend {
  /** After a crash: frees what the job had taken. */
  abandon(): Promise<void>;
}

export function crashBackend(inner: ExecutionBackend, turns: Turns): CrashBackend {
  const sessions: BackendSession[] = [];
  return {
    name: inner.name,
    parallelism: inner.parallelism,
    sharesMemory: inner.sharesMemory,
    get running() {
      return inner.running;
    },
    async open(job) {
      await turns.step('the backend is opened');
      const session = await inner.open(job);
      sessions.push(session);
      await turns.step('the backend is open');
      return delayed(session, turns);
    },
    stop: async () => {},
    abandon: async () => {
      await Promise.all(sessions.map((session) => session.close()));
    },
  };
}

function delayed(session: BackendSession, turns: Turns): BackendSession {
  const around = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    await turns.step(`${what} begins`);
    const result = await work();
    await turns.step(`${what} has ended`);
    return result;
  };
  return {
    slots: session.slots,
    get losses() {
      return session.losses;
    },
    get epochs() {
      return session.epochs;
    },
    run: (graph) => around('an action', () => session.run(graph)),
    fetch: (handle, limit) => around('a fetch', () => session.fetch(handle, limit)),
    saveState: (requests) => {
      const sweeps = requests.some(({ sweep }) => sweep !== undefined);
      return around(sweeps ? 'sweeping state' : 'saving state', () => session.saveState(requests));
    },
    restoreState: (states) => around('restoring state', () => session.restoreState(states)),
    readState: (read) => session.readState(read),
    holds: (handle) => session.holds(handle),
    release: (handles) => session.release(handles),
    close: () => around('closing the backend', () => session.close()),
  };
}

/** Several slots in the calling thread, each of which takes its tasks when it is its turn. */
export function slotsBackend(n: number, turns: Turns): ExecutionBackend {
  return {
    name: `${n} slots`,
    parallelism: n,
    sharesMemory: true,
    running: true,
    open: async (job) => slotsSession(job, n, turns),
    stop: async () => {},
  };
}

function slotsSession(job: JobDescriptor, n: number, turns: Turns): BackendSession {
  const { clock, plan, maxTaskFailures, taskTimeoutMs } = job;
  const locals = Array.from({ length: n }, (_, slot) => {
    const runtime = new SlotRuntime({
      slot,
      plan,
      clock,
      exchange: threadExchange,
      broadcast: (name, version) => job.broadcast(name, version),
      stateReads: job.stateReads === null ? null : slowReads(job.stateReads, turns),
    });
    return new LocalSlot(runtime, clock, slot, taskTimeoutMs);
  });
  const runner = new StageRunner(
    locals.map((slot) => slow(slot, turns)),
    { clock, maxTaskFailures, taskTimeoutMs, remote: false },
  );
  return {
    slots: n,
    losses: 0,
    epochs: locals.map(() => 0),
    run: (graph) => runner.run(graph),
    saveState: (requests) => runner.saveState(requests),
    restoreState: (states) => runner.restoreState(states),
    readState: (read) => runner.readState(read),
    fetch: (handle, limit) => locals[handle.slot].fetch(handle.key, limit),
    holds: () => true,
    release: (handles) => runner.release(handles),
    close: async () => {
      for (const { runtime } of locals) await runtime.close();
    },
  };
}

function slowReads(reads: StateReads, turns: Turns): StateReads {
  const late = async <T>(work: () => Promise<T>): Promise<T> => {
    await turns.step('a read of state is sent');
    const found = await work();
    await turns.step('a read of state is answered');
    return found;
  };
  return {
    entries: (...asked) => late(() => reads.entries(...asked)),
    touchedBefore: (...asked) => late(() => reads.touchedBefore(...asked)),
  };
}

function slow(slot: LocalSlot, turns: Turns): SlotTransport {
  const late = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    await turns.step(`${what} is sent`);
    const result = await work();
    await turns.step(`${what} is answered`);
    return result;
  };
  return {
    slot: slot.slot,
    epoch: slot.epoch,
    run: (request) => late('a message to a slot', () => slot.run(request)),
    fetch: (key, limit) => slot.fetch(key, limit),
    exportBucket: (key, reducer) => late('a request for a bucket', () => slot.exportBucket(key, reducer)),
    saveStates: (requests) => late('a request to save', () => slot.saveStates(requests)),
    readState: (read) => slot.readState(read),
    restoreStates: (states) => late('a request to restore', () => slot.restoreStates(states)),
  };
}
