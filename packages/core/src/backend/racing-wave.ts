import type { Stage } from '../lineage/stage-graph.ts';
import type { TaskAttempts } from '../lineage/task-attempts.ts';
import type { Clock } from '../schedule/clock.ts';
import { after } from '../schedule/delay.ts';
import { SlotLost } from './contract.ts';
import type { Race, Running } from './race.ts';
import type { SlotStop } from './slot-transport.ts';
import { type SpeculationSettings, StagePace } from './speculation.ts';
import type { Assignment, Attempt, Verdict } from './task-attempt.ts';
import { type Message, WaveQueues } from './wave-queues.ts';

/** What a wave asks of the graph that it belongs to. */
export interface RacingParts {
  readonly slots: number;
  readonly clock: Clock;
  readonly settings: SpeculationSettings;
  readonly attempts: TaskAttempts;
  readonly slotOf: (item: Assignment) => number;
  readonly mayCopy: (item: Assignment) => boolean;
  readonly run: (slot: number, items: readonly Assignment[], stop?: SlotStop) => Promise<readonly Attempt[]>;
  /** Books an attempt. */
  readonly settle: (attempt: Attempt) => Verdict;
  /** Whether a worker that does not stop may be replaced. */
  readonly mayReplace: () => boolean;
  /** Forgets what an attempt that does not count has left in its slot. */
  readonly discard: (attempt: Attempt) => void;
}

/**
 * Tasks that need nothing of each other, where a slow one is copied: tasks that may be copied are sent one by one, and a
 * slot that has nothing left to do takes what waits behind a slow one, or else a copy of a straggler.
 */
export class RacingWave {
  readonly #parts: RacingParts;
  readonly #queues: WaveQueues;
  /** What runs, by slot, in the order in which it began. */
  readonly #busy = new Map<number, Running>();
  readonly #paces = new Map<Stage, StagePace>();
  readonly #end = Promise.withResolvers<void>();
  #failure: { readonly reason: unknown } | null = null;
  #cancelLook = () => {};

  constructor(parts: RacingParts) {
    this.#parts = parts;
    this.#queues = new WaveQueues(parts.slots, parts.slotOf, parts.mayCopy);
  }

  /** Runs tasks. Nothing of them runs any more when it resolves or rejects. @throws the first error; SlotLost */
  async toEnd(items: readonly Assignment[]): Promise<void> {
    this.#queues.add(items);
    this.#look();
    this.#fill();
    try {
      await this.#end.promise;
    } finally {
      this.#cancelLook();
    }
  }

  #look(): void {
    const { clock, settings } = this.#parts;
    this.#cancelLook = after(clock, settings.intervalMs, () => {
      this.#look();
      this.#fill();
    });
  }

  /** Gives slots that have nothing to do something to do. The wave is over when there is nothing, and nothing runs. */
  #fill(): void {
    if (this.#failure === null) {
      for (const slot of this.#idle()) {
        const message = this.#queues.take(slot) ?? this.#held();
        if (message !== null) this.#start(slot, message, false);
      }
      // Copies come last: only slots for which nothing else is left take them.
      for (const slot of this.#idle()) {
        const race = this.#straggler();
        if (race === null) break;
        this.#parts.attempts.figures.speculative += 1;
        this.#start(slot, { items: [race.item], race }, true);
      }
    }
    if (this.#busy.size > 0) return;
    if (this.#failure === null) this.#end.resolve();
    else this.#end.reject(this.#failure.reason);
  }

  #idle(): number[] {
    return Array.from({ length: this.#parts.slots }, (_, slot) => slot).filter((slot) => !this.#busy.has(slot));
  }

  /** Takes what waits behind tasks that hold it up and may run elsewhere; null if there is nothing. */
  #held(): Message | null {
    for (const [slot, running] of this.#busy) {
      const message = this.#holdsUp(running) ? this.#queues.takeMovable(slot) : null;
      if (message !== null) return message;
    }
    return null;
  }

  /**
   * Whether what waits behind these tasks had better go elsewhere. Not as soon as another slot has nothing to do: where
   * partitions are kept their readers go, so these should lie evenly. And not only when enough others have finished: what
   * waits here may be what is missing.
   */
  #holdsUp({ items, race, began }: Running): boolean {
    if (race !== null && (!race.isOpen || race.hasCopy)) return true;
    const slowMs = items.reduce((sum, { stage }) => sum + this.#pace(stage).slowMs, 0);
    return this.#parts.clock.elapsed() - began >= slowMs;
  }

  /** The task that has run longest of those that are to be copied. */
  #straggler(): Race | null {
    const now = this.#parts.clock.elapsed();
    for (const { race, began } of this.#busy.values()) {
      if (race === null || !race.isOpen || race.hasCopy) continue;
      if (this.#pace(race.item.stage).isStraggler(now - began)) return race;
    }
    return null;
  }

  #pace(stage: Stage): StagePace {
    let pace = this.#paces.get(stage);
    if (pace === undefined) {
      pace = new StagePace(this.#parts.settings, stage.tasks.length);
      this.#paces.set(stage, pace);
    }
    return pace;
  }

  #start(slot: number, { items, race }: Message, isCopy: boolean): void {
    const began = this.#parts.clock.elapsed();
    const running: Running = { slot, began, items, race, isCopy, stop: new AbortController() };
    this.#busy.set(slot, running);
    race?.begins(running);
    void this.#run(running).finally(() => {
      this.#busy.delete(slot);
      race?.ends(running);
      this.#fill();
    });
  }

  /** Sends tasks and books what comes of them. Never rejects: what goes wrong is the wave's failure. */
  async #run(running: Running): Promise<void> {
    const { slot, items, race } = running;
    const { run, mayReplace } = this.#parts;
    try {
      const stop = race === null ? undefined : { signal: running.stop.signal, mayReplace };
      for (const attempt of await run(slot, items, stop)) this.#ended(running, attempt);
    } catch (reason) {
      // Nobody waits for an attempt that has lost. What its worker kept is missed by the tasks that need it, when they are sent.
      if (reason instanceof SlotLost && race?.isOpen === false) return;
      this.#fail(reason);
    }
  }

  #ended(running: Running, attempt: Attempt): void {
    const { race, isCopy } = running;
    if (race?.isOpen === false) {
      this.#parts.discard(attempt);
      return;
    }
    // Failures of a task and of its copy add up.
    const verdict = this.#parts.settle(race === null ? attempt : { ...attempt, item: race.item });
    switch (verdict.kind) {
      case 'done':
        this.#pace(attempt.item.stage).finished(verdict.output.metrics.elapsedMs);
        race?.wonBy(running);
        if (isCopy) this.#parts.attempts.figures.speculativeWon += 1;
        return;
      case 'again':
        if (race === null) this.#queues.add([verdict.item]);
        else {
          race.item = verdict.item;
          // The other attempt is still on its way, and may do.
          if (!race.hasCopy) this.#queues.addRace(race);
        }
        return;
      case 'failed':
        this.#fail(verdict.error);
    }
  }

  /** Nothing more is started, and tasks that may be stopped are. */
  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    for (const { race } of this.#busy.values()) race?.callOff();
  }
}
