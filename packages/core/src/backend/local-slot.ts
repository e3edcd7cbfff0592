import { toErrorData } from '../errors/index.ts';
import type { PartitionRecords } from '../lineage/stage-graph.ts';
import type { Clock } from '../schedule/clock.ts';
import type { RestoredState, SavedState, StateRequest } from '../state/saved-state.ts';
import type { StateFound, StateRead } from '../state/state-read.ts';
import type { ActiveTask } from '../task/context.ts';
import { driveTask } from '../task/drive-task.ts';
import { OperatorFailure } from '../task/operator-failure.ts';
import type { Sliced } from '../task/slices.ts';
import type { SlotRuntime } from '../task/slot-runtime.ts';
import { Deadline, TaskStopped } from '../task/task-stop.ts';
import { endsWhole, type SlotRequest, type SlotResult, type SlotTransport } from './slot-transport.ts';

/** How long tasks may hold the thread before timers and sockets get their turn, in ms. */
const SLICE_MS = 8;

/** A slot in the calling thread. Tasks run one after the other and let the event loop live between slices. */
export class LocalSlot implements SlotTransport {
  readonly slot: number;
  readonly epoch = 0;
  readonly runtime: SlotRuntime;
  readonly #clock: Clock;
  readonly #taskTimeoutMs: number | null;

  /** @param taskTimeoutMs ends tasks that wait or yield; a function that holds the thread cannot be interrupted */
  constructor(runtime: SlotRuntime, clock: Clock, slot = 0, taskTimeoutMs: number | null = null) {
    this.slot = slot;
    this.runtime = runtime;
    this.#clock = clock;
    this.#taskTimeoutMs = taskTimeoutMs;
  }

  async run(request: SlotRequest): Promise<readonly SlotResult[]> {
    this.runtime.drop(request.drops);
    const results: SlotResult[] = [];
    for (const task of request.tasks) {
      try {
        const { context, work } = this.runtime.begin(task, request.time, request.versions);
        results.push({ ok: true, output: await this.#drive(context, work) });
      } catch (e) {
        results.push({ ...taskFailure(e), thrown: e instanceof OperatorFailure ? e.cause : e } as SlotResult);
      }
      if (request.whole && endsWhole(results[results.length - 1])) break;
    }
    return results;
  }

  async fetch(key: string, limit: number | null): Promise<PartitionRecords> {
    return this.runtime.fetch(key, limit);
  }

  async exportBucket(key: string, reducer: number) {
    return this.runtime.exportBucket(key, reducer);
  }

  async saveStates(requests: readonly StateRequest[]): Promise<readonly SavedState[]> {
    return this.runtime.saveStates(requests);
  }

  async restoreStates(states: readonly RestoredState[]): Promise<void> {
    this.runtime.restoreStates(states);
  }

  async readState(read: StateRead): Promise<readonly StateFound[]> {
    return this.runtime.readState(read);
  }

  #drive<T>(context: ActiveTask, work: Sliced<T>): Promise<T> {
    const clock = this.#clock;
    let since = clock.elapsed();
    const rest = () => {
      const now = clock.elapsed();
      if (now - since <= SLICE_MS) return null;
      return clock.breathe().then(() => {
        since = clock.elapsed();
      });
    };
    const limit = this.#taskTimeoutMs;
    return driveTask(context, work, rest, limit === null ? undefined : new Deadline(clock, limit));
  }
}

/** A failed task's answer: the user's own error, with the operator whose function threw it. */
export function taskFailure(e: unknown): SlotResult {
  if (e instanceof TaskStopped) return { ok: false, error: toErrorData(e), operator: null, stopped: true };
  if (e instanceof OperatorFailure) return { ok: false, error: toErrorData(e.cause), operator: e.operator };
  return { ok: false, error: toErrorData(e), operator: null };
}
