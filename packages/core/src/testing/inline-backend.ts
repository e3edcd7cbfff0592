import type { BackendSession, ExecutionBackend, JobDescriptor } from '../backend/contract.ts';
import { liveExchange } from '../backend/exchange.ts';
import { LocalSlot } from '../backend/local-slot.ts';
import { StageRunner } from '../backend/stage-runner.ts';
import { error } from '../errors/index.ts';
import { SlotRuntime } from '../task/slot-runtime.ts';

/**
 * The calling thread as a backend, with nothing to choose: what tests run on unless they name another, and what the
 * conformance suite compares others with. Programs use `single()` of `@millrace/backend-single`, which core cannot import.
 */
export function inlineBackend(): ExecutionBackend {
  const sessions = new Set<BackendSession>();
  let running = true;
  return {
    name: 'inline',
    parallelism: 1,
    sharesMemory: true,
    get running() {
      return running;
    },
    async open(job) {
      if (!running) throw error('MR_BACKEND_STOPPED', { backend: 'inline' });
      const session = inlineSession(job);
      sessions.add(session);
      return session;
    },
    async stop() {
      running = false;
      for (const session of sessions) await session.close();
    },
  };
}

function inlineSession(job: JobDescriptor): BackendSession {
  const { clock, plan, maxTaskFailures, taskTimeoutMs } = job;
  const runtime = new SlotRuntime({
    slot: 0,
    plan,
    clock,
    exchange: liveExchange,
    broadcast: (name, version) => job.broadcast(name, version),
    stateReads: job.stateReads,
  });
  const slot = new LocalSlot(runtime, clock, 0, taskTimeoutMs);
  const runner = new StageRunner([slot], { clock, maxTaskFailures, taskTimeoutMs, remote: false });
  return {
    slots: 1,
    losses: 0,
    epochs: [0],
    run: (graph) => runner.run(graph),
    saveState: (requests) => runner.saveState(requests),
    restoreState: (states) => runner.restoreState(states),
    readState: (read) => runner.readState(read),
    fetch: (handle, limit) => slot.fetch(handle.key, limit),
    holds: () => true,
    release: (handles) => runner.release(handles),
    close: async () => {
      for (const complaint of await runtime.close()) job.warn(complaint);
    },
  };
}
