import type { StreamBatch } from '../checkpoint/layout.ts';
import type { BatchPlanner } from '../lineage/batch-planner.ts';
import type { PlanNode } from '../plan/node.ts';
import type { Plan } from '../plan/plan.ts';
import { neededNodes, withUpstream } from '../plan/stateful-nodes.ts';

/**
 * Batches that windows wait for. A window that slides by several batches reads some of them long after they were planned; another
 * output may have had them computed by then, or not. After a restart those that were computed, and so have counted in
 * accumulators, are computed again without counting, and the others are left to the window.
 */
export class EarlyInputs {
  readonly #planner: BatchPlanner;
  /** Streams that are kept, with the windows that read them later. */
  readonly #windows = new Map<PlanNode, PlanNode[]>();
  /** Batch times that were not computed so far, by stream, oldest first. */
  readonly #open = new Map<string, number[]>();

  constructor(plan: Plan, planner: BatchPlanner) {
    this.#planner = planner;
    for (const window of neededNodes(plan)) {
      if (window.operator.inputRetentionMs === undefined) continue;
      for (const node of withUpstream(window.inputs))
        if (node.slideMs < window.slideMs && planner.isPersisted(node))
          this.#windows.set(node, [...(this.#windows.get(node) ?? []), window]);
    }
  }

  /** What is to be computed again, without counting, before a job goes on: it was computed, and a window will read it. */
  *toComputeAgain(computed: readonly StreamBatch[], lastOver: number): Generator<readonly [PlanNode, number]> {
    const { grid } = this.#planner;
    const known = namesOf(computed);
    for (const [node, windows] of this.#windows) {
      const since = Math.min(...windows.map((window) => grid.floor(window, lastOver)));
      for (const time of grid.times(node, since, lastOver)) if (known.has(nameOf(node, time))) yield [node, time];
    }
  }

  /** Goes on where the run before has stopped. @param lastOver its last batch that is over */
  restore(computed: readonly StreamBatch[], lastOver: number): void {
    const known = namesOf(computed);
    for (const node of this.#windows.keys()) {
      const times = this.#planner.grid.times(node, lastOver - this.#planner.rememberOf(node), lastOver);
      this.#open.set(
        node.name,
        times.filter((time) => !known.has(nameOf(node, time))),
      );
    }
  }

  /** A batch is over. @returns what was computed since the one before */
  over(time: number): StreamBatch[] {
    const computed: StreamBatch[] = [];
    for (const node of this.#windows.keys()) {
      const times = this.#open.get(node.name) ?? [];
      if (this.#planner.isValid(node, time)) times.push(time);
      const oldest = time - this.#planner.rememberOf(node);
      const left: number[] = [];
      for (const each of times) {
        const counted = this.#planner.planned(node, each)?.kept?.counted;
        if (counted?.every(Boolean) === true) computed.push([node.name, each]);
        else if (each > oldest) left.push(each);
      }
      this.#open.set(node.name, left);
    }
    return computed;
  }
}

const nameOf = ({ name }: PlanNode, time: number) => `${time} ${name}`;

function namesOf(batches: readonly StreamBatch[]): Set<string> {
  return new Set(batches.map(([node, time]) => `${time} ${node}`));
}
