import type { BackendSession, ExecutionBackend, JobDescriptor } from '../src/backend/contract.ts';
import { SlotLost } from '../src/backend/contract.ts';
import { threadExchange } from '../src/backend/exchange.ts';
import { LocalSlot } from '../src/backend/local-slot.ts';
import type { SlotRequest, SlotTransport } from '../src/backend/slot-transport.ts';
import { StageRunner } from '../src/backend/stage-runner.ts';
import { SlotRuntime } from '../src/task/slot-runtime.ts';

/** Called when a slot has got tasks and has not begun with them. It may wait, and it may throw what `slot.die()` gives. */
export type OnTasks = (slot: MortalSlot, request: SlotRequest) => Promise<void> | void;

/**
 * Slots in the calling thread that die when a test says so, as workers do: what one holds is gone, and another one has
 * its place.
 */
export function mortalSlots(n: number, onTasks: OnTasks): ExecutionBackend {
  return {
    name: `${n} mortal slots`,
    parallelism: n,
    sharesMemory: true,
    running: true,
    open: async (job) => mortalSession(job, n, onTasks),
    stop: async () => {},
  };
}

function mortalSession(job: JobDescriptor, n: number, onTasks: OnTasks): BackendSession {
  const { clock, maxTaskFailures, speculation } = job;
  const slots = Array.from({ length: n }, (_, slot) => new MortalSlot(job, slot, onTasks));
  const runner = new StageRunner(slots, {
    maxTaskFailures,
    remote: false,
    clock,
    speculation,
  });
  return {
    slots: n,
    get losses() {
      return slots.reduce((sum, { epoch }) => sum + epoch, 0);
    },
    get epochs() {
      return slots.map(({ epoch }) => epoch);
    },
    run: (graph) => runner.run(graph),
    saveState: (requests) => runner.saveState(requests),
    restoreState: (states) => runner.restoreState(states),
    readState: (read) => runner.readState(read),
    fetch: (handle, limit) => slots[handle.slot].fetch(handle.key, limit),
    holds: (handle) => slots[handle.slot].epoch === handle.epoch,
    release: (handles) => runner.release(handles),
    close: async () => {
      for (const slot of slots) await slot.close();
    },
  };
}

class MortalSlot implements SlotTransport {
  readonly slot: number;
  epoch = 0;
  readonly #job: JobDescriptor;
  readonly #onTasks: OnTasks;
  #runtime: SlotRuntime;
  #local: LocalSlot;

  constructor(job: JobDescriptor, slot: number, onTasks: OnTasks) {
    this.slot = slot;
    this.#job = job;
    this.#onTasks = onTasks;
    this.#runtime = this.#born();
    this.#local = new LocalSlot(this.#runtime, job.clock, slot);
  }

  /** Ends this life of the slot. @returns what whoever waits for the slot gets */
  die(): SlotLost {
    this.epoch += 1;
    this.#runtime = this.#born();
    this.#local = new LocalSlot(this.#runtime, this.#job.clock, this.slot);
    return new SlotLost(this.slot, 'the test said so');
  }

  async run(request: SlotRequest) {
    if (request.tasks.length > 0) await this.#onTasks(this, request);
    return this.#local.run(request);
  }

  fetch(...asked: Parameters<LocalSlot['fetch']>) {
    return this.#local.fetch(...asked);
  }

  exportBucket(...asked: Parameters<LocalSlot['exportBucket']>) {
    return this.#local.exportBucket(...asked);
  }

  saveStates(...asked: Parameters<LocalSlot['saveStates']>) {
    return this.#local.saveStates(...asked);
  }

  restoreStates(...asked: Parameters<LocalSlot['restoreStates']>) {
    return this.#local.restoreStates(...asked);
  }

  readState(...asked: Parameters<LocalSlot['readState']>) {
    return this.#local.readState(...asked);
  }

  close() {
    return this.#runtime.close();
  }

  #born(): SlotRuntime {
    const { plan, clock, broadcast, stateReads } = this.#job;
    return new SlotRuntime({ slot: this.slot, plan, clock, exchange: threadExchange, broadcast, stateReads });
  }
}
