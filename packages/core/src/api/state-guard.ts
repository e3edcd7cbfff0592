import type { BackendSession } from '../backend/contract.ts';
import type { StageGraph } from '../lineage/stage-graph.ts';
import type { StateFound, StateRead } from '../state/state-read.ts';

/** What becomes of a run's state besides. */
export interface StateGuardParts {
  /** Restores the wanted partitions of all states. */
  readonly restore: (session: BackendSession, wanted: (partition: number) => boolean) => Promise<void>;
  /** Reads state that no worker holds; null for other state. */
  readonly readStored: (read: StateRead) => readonly StateFound[] | null;
  /** Hears of each graph that has run. */
  readonly ran: (graph: StageGraph, session: BackendSession) => void;
}

/** Gives workers that were replaced the state that the ones before held, before they are asked for anything. */
export class StateGuard {
  readonly #parts: StateGuardParts;
  /** The lives of the slots that have their state. */
  #epochs: readonly number[] = [];
  #restoring: Promise<void> | null = null;

  constructor(parts: StateGuardParts) {
    this.#parts = parts;
  }

  /** Restores all partitions. */
  all(session: BackendSession): Promise<void> {
    return this.#restored(session, () => true);
  }

  /** The session, guarded. */
  guard(session: BackendSession): BackendSession {
    const { openReceiver } = session;
    return {
      slots: session.slots,
      get losses() {
        return session.losses;
      },
      get epochs() {
        return session.epochs;
      },
      run: async (graph) => {
        while (this.#hasLost(session)) await this.#restoreLost(session);
        const result = await session.run(graph);
        this.#parts.ran(graph, session);
        return result;
      },
      fetch: (handle, limit) => session.fetch(handle, limit),
      holds: (handle) => session.holds(handle),
      release: (handles) => session.release(handles),
      saveState: (requests) => session.saveState(requests),
      restoreState: (states) => session.restoreState(states),
      readState: async (read) => {
        const stored = this.#parts.readStored(read);
        if (stored !== null) return stored;
        // Nothing may come between the last look and the message: a replacement without state would answer it.
        while (this.#hasLost(session)) await this.#restoreLost(session);
        return session.readState(read);
      },
      ...(openReceiver === undefined ? {} : { openReceiver: openReceiver.bind(session) }),
      close: () => session.close(),
    };
  }

  #restoreLost(session: BackendSession): Promise<void> {
    // Once for all who ask at the same time: a second restoration would undo what tasks do after the first.
    this.#restoring ??= this.#restored(session, (partition) =>
      this.#isLost(session, partition % session.slots),
    ).finally(() => {
      this.#restoring = null;
    });
    return this.#restoring;
  }

  async #restored(session: BackendSession, wanted: (partition: number) => boolean): Promise<void> {
    // A worker that dies after it was given its state gets it again.
    const epochs = [...session.epochs];
    await this.#parts.restore(session, wanted);
    this.#epochs = epochs;
  }

  /** Whether workers were replaced and do not have their state yet. */
  #hasLost(session: BackendSession): boolean {
    return this.#restoring !== null || session.epochs.some((_, slot) => this.#isLost(session, slot));
  }

  #isLost(session: BackendSession, slot: number): boolean {
    return session.epochs[slot] !== (this.#epochs[slot] ?? 0);
  }
}
