import { type BackendSession, SlotLost } from '../backend/contract.ts';
import type { StageGraph } from '../lineage/stage-graph.ts';
import { statesOf } from '../lineage/states-of.ts';
import type { SavedState, StateRequest, SweepRequest } from '../state/saved-state.ts';

/** What was asked for when a graph had run. */
interface Asked {
  /** Batch time in ms. */
  readonly time: number;
  readonly answer: Promise<readonly SavedState[]>;
  /** The slots' lives. In a later one there is the state of the batch before, and this batch has to run there again. */
  readonly epochs: readonly number[];
}

/**
 * What batches did to state, for their checkpoints. Where nobody has to wait for the answer it is asked for as soon as the state is
 * there: workers give it while the driver is busy with what its output has got. Of a batch that has to be run again, the last run is the one that counts.
 */
export class StateSaves {
  readonly #asked = new Map<string, Asked>();
  readonly #sweepOf: (node: string) => SweepRequest | undefined;
  readonly #outputs: number;

  /**
   * @param sweepOf what is to be read of a node's state as a whole; see `JobCheckpoint.sweepOf`
   * @param outputs how many outputs the job has
   */
  constructor(sweepOf: (node: string) => SweepRequest | undefined, outputs: number) {
    this.#sweepOf = sweepOf;
    this.#outputs = outputs;
  }

  /**
   * A graph has run: asks for the state that it has changed. Not of a single slot, which as a rule is this thread, and not where there
   * are other outputs: they would wait for it.
   */
  ran(graph: StageGraph, session: BackendSession): void {
    const nodes = statesOf(graph);
    if (nodes.size === 0 || session.slots === 1 || this.#outputs > 1) return;
    const { time } = graph;
    const epochs = [...session.epochs];
    const answer = this.#ask([...nodes], time, session);
    // Whoever completes the batch hears of what goes wrong.
    answer.catch(() => {});
    for (const node of nodes) this.#asked.set(node, { time, answer, epochs });
  }

  /**
   * All partitions of nodes' states, as a batch has left them.
   * @param stood nodes and how many partitions they have
   * @throws SlotLost when one is gone, and MR_NOT_ENCODABLE
   */
  async take(
    stood: readonly (readonly [node: string, partitions: number, ...others: unknown[]])[],
    time: number,
    session: BackendSession,
  ): Promise<readonly SavedState[]> {
    const taken = stood.map(async ([node, partitions]) => {
      const asked = this.#asked.get(node);
      // Where something is missing it is asked for anew.
      this.#asked.delete(node);
      const isIt = asked?.time === time && asked.epochs.every((epoch, slot) => epoch === session.epochs[slot]);
      const answer = isIt ? asked.answer : this.#ask([node], time, session);
      const saved = (await answer).filter((s) => s.node === node);
      // A worker that died after its task took the batch's state with it.
      if (saved.length < partitions)
        throw new SlotLost(0, `${partitions - saved.length} partitions of the state of ${node} are gone`);
      return saved;
    });
    return (await Promise.all(taken)).flat();
  }

  #ask(nodes: readonly string[], time: number, session: BackendSession): Promise<readonly SavedState[]> {
    const requests = nodes.map((node): StateRequest => {
      const sweep = this.#sweepOf(node);
      return sweep === undefined ? { node, time } : { node, time, sweep };
    });
    return session.saveState(requests);
  }
}
