import type { Handle } from '../lineage/rdd-node.ts';
import type { GraphResult, StageGraph } from '../lineage/stage-graph.ts';
import type { RestoredState, SavedState, StateRequest } from '../state/saved-state.ts';
import type { StateFound, StateRead } from '../state/state-read.ts';
import { GraphRun, type RunnerOptions } from './graph-run.ts';
import type { SlotTransport } from './slot-transport.ts';
import { SmallGraphs } from './small-graphs.ts';

/**
 * Runs stage graphs on slots: the part that all local backends share. Stages whose needs are met run as one wave, with
 * one message for each slot.
 *
 * A partition's slot is its number modulo the slots, so that cached partitions and keyed state stay where they are.
 * Tasks that read a kept partition go to the slot that keeps it.
 */
export class StageRunner {
  readonly #slots: readonly SlotTransport[];
  readonly #options: RunnerOptions;
  readonly #drops: string[][];
  readonly #small = new SmallGraphs();
  #runs = 0;
  /** True once a graph has changed state: it lies in the slots and cannot be computed anew. */
  #holdsState = false;

  constructor(slots: readonly SlotTransport[], options: RunnerOptions) {
    this.#slots = slots;
    this.#options = { ...options, mayReplace: () => !this.#holdsState };
    this.#drops = slots.map(() => []);
  }

  /** Runs all stages. @throws the first failed task's error; SlotLost */
  async run(graph: StageGraph): Promise<GraphResult> {
    const run = new GraphRun(graph, `r${this.#runs++}`, this.#slots, this.#drops, this.#options);
    const { remote } = this.#options;
    this.#holdsState ||= graph.stages.some((stage) => stage.tasks.some((task) => task.states.length > 0));
    const alone = remote ? this.#small.slotFor(graph) : null;
    try {
      const result = alone === null ? await run.toEnd() : await run.inOneSlot(alone % this.#slots.length);
      if (remote) this.#small.learn(graph, result);
      return result;
    } finally {
      run.dropBuckets();
    }
  }

  /** See `BackendSession.saveState`. */
  async saveState(requests: readonly StateRequest[]): Promise<readonly SavedState[]> {
    const saved = await Promise.all(this.#slots.map((slot) => slot.saveStates(requests)));
    return saved.flat();
  }

  /** See `BackendSession.restoreState`. */
  async restoreState(states: readonly RestoredState[]): Promise<void> {
    const n = this.#slots.length;
    await Promise.all(
      this.#slots.map((slot, i) => {
        const here = states.filter(({ partition }) => partition % n === i);
        return here.length === 0 ? null : slot.restoreStates(here);
      }),
    );
  }

  /** See `BackendSession.readState`. */
  async readState(read: StateRead): Promise<readonly StateFound[]> {
    const { partition } = read;
    const slots = partition === null ? this.#slots : [this.#slots[partition % this.#slots.length]];
    const found = await Promise.all(slots.map((slot) => slot.readState(read)));
    return found.flat();
  }

  /** Forgets kept partitions with the next message to their slot. */
  release(handles: readonly Handle[]): void {
    for (const { slot, epoch, key } of handles) {
      const index = this.#slots.findIndex((s) => s.slot === slot && s.epoch === epoch);
      if (index >= 0) this.#drops[index].push(key);
    }
  }
}
