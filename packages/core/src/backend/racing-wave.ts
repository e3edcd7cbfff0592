import type { Stage } from '../lineage/stage-graph.ts';
import type { TaskAttempts } from '../lineage/task-attempts.ts';
import type { Clock } from '../schedule/clock.ts';
import { after } from '../schedule/delay.ts';
import type { SlotStop } from './slot-transport.ts';
import { type SpeculationSettings, StagePace } from './speculation.ts';
import type { Assignment, Attempt } from './task-attempt.ts';

/** What a wave asks of the graph that it belongs to. */
export interface RacingParts {
  readonly slots: number;
  readonly clock: Clock;
  readonly settings: SpeculationSettings;
  readonly attempts: TaskAttempts;
  readonly slotOf: (item: Assignment) => number;
  readonly mayCopy: (item: Assignment) => boolean;
  readonly run: (slot: number, items: readonly Assignment[], stop?: SlotStop) => Promise<readonly Attempt[]>;
  /** Books an attempt: null if that was all, the task if it is to be tried again, its error if it has failed for good. */
  readonly settle: (attempt: Attempt) => Assignment | Error | null;
  /** Whether a worker that does not stop may be replaced. */
  readonly mayReplace: () => boolean;
  /** Forgets what an attempt that does not count has left in its slot. */
  readonly discard: (attempt: Attempt) => void;
}

/** A task that may run in several slots at once: the first that finishes counts. */
interface Race {
  item: Assignment;
  over: boolean;
  readonly running: Set<Running>;
}

/** A message on its way. */
interface Running {
  readonly slot: number;
  readonly began: number;
  /** Of the only task, if that may be copied; null for tasks that are where they have to be. */
  readonly race: Race | null;
  readonly isCopy: boolean;
  readonly stop: AbortController;
}

/** What waits for a slot: tasks that have to run there, together, or one that could run anywhere. */
type Message = { readonly items: readonly Assignment[]; readonly race: Race | null };

/**
 * Tasks that need nothing of each other, where a slow one is copied: tasks that may be copied are sent one by one, and a
 * slot that has nothing left to do takes a copy of a straggler, or what waits behind it.
 */
export class RacingWave {
  readonly #parts: RacingParts;
  readonly #queues: Message[][];
  readonly #busy: (Running | null)[];
  readonly #paces = new Map<Stage, StagePace>();
  readonly #end = Promise.withResolvers<void>();
  #failure: { readonly reason: unknown } | null = null;
  #cancelLook = () => {};

  constructor(parts: RacingParts) {
    this.#parts = parts;
    this.#queues = Array.from({ length: parts.slots }, () => []);
    this.#busy = new Array<Running | null>(parts.slots).fill(null);
  }

  /** Runs tasks. Nothing of them runs any more when it resolves or rejects. @throws the first error; SlotLost */
  async toEnd(items: readonly Assignment[]): Promise<void> {
    this.#queue(items);
    for (const { stage } of items)
      if (!this.#paces.has(stage)) this.#paces.set(stage, new StagePace(this.#parts.settings, stage.tasks.length));
    this.#look();
    this.#next();
    try {
      await this.#end.promise;
    } finally {
      this.#cancelLook();
    }
  }

  #queue(items: readonly Assignment[]): void {
    const bound = new Map<number, Assignment[]>();
    for (const item of items) {
      const slot = this.#parts.slotOf(item);
      if (this.#parts.mayCopy(item)) {
        this.#queues[slot].push({ items: [item], race: { item, over: false, running: new Set() } });
        continue;
      }
      const list = bound.get(slot);
      if (list === undefined) bound.set(slot, [item]);
      else list.push(item);
    }
    // What can only run here goes first: the rest may move.
    for (const [slot, list] of bound) this.#queues[slot].unshift({ items: list, race: null });
  }

  #look(): void {
    const { clock, settings } = this.#parts;
    this.#cancelLook = after(clock, settings.intervalMs, () => {
      this.#look();
      this.#next();
    });
  }

  /** Gives each slot that has nothing to do something to do, if there is anything. */
  #next(): void {
    for (let slot = 0; slot < this.#busy.length && this.#failure === null; slot++) {
      if (this.#busy[slot] !== null) continue;
      const message = this.#queues[slot].shift() ?? this.#moved();
      if (message !== null) this.#start(slot, message, false);
    }
    // Copies come last: only slots for which nothing else is left take them.
    for (let slot = 0; slot < this.#busy.length && this.#failure === null; slot++) {
      if (this.#busy[slot] !== null) continue;
      const race = this.#straggler();
      if (race === null) break;
      this.#parts.attempts.figures.speculative += 1;
      this.#start(slot, { items: [race.item], race }, true);
    }
    if (this.#busy.some((running) => running !== null)) return;
    if (this.#failure !== null) this.#end.reject(this.#failure.reason);
    else this.#end.resolve();
  }

  /** What waits behind a straggler and may run elsewhere. */
  #moved(): Message | null {
    for (const [slot, running] of this.#busy.entries()) {
      if (running?.race == null || !(running.race.over || running.race.running.size > 1)) continue;
      const queue = this.#queues[slot];
      const at = queue.findIndex((message) => message.race !== null);
      if (at >= 0) return queue.splice(at, 1)[0];
    }
    return null;
  }

  /** The task that has run longest of those that are to be copied. */
  #straggler(): Race | null {
    const now = this.#parts.clock.elapsed();
    let found: Running | null = null;
    for (const running of this.#busy) {
      const race = running?.race ?? null;
      if (running === null || race === null || race.over || race.running.size > 1) continue;
      if (!this.#paces.get(race.item.stage)?.isStraggler(now - running.began)) continue;
      if (found === null || running.began < found.began) found = running;
    }
    return found?.race ?? null;
  }

  #start(slot: number, { items, race }: Message, isCopy: boolean): void {
    const began = this.#parts.clock.elapsed();
    const running: Running = { slot, began, race, isCopy, stop: new AbortController() };
    this.#busy[slot] = running;
    race?.running.add(running);
    const stop = race === null ? undefined : { signal: running.stop.signal, mayReplace: this.#parts.mayReplace };
    this.#parts
      .run(slot, items, stop)
      .then(
        (attempts) => {
          for (const attempt of attempts) this.#ended(running, attempt);
        },
        (reason: unknown) => {
          // A worker that was replaced because it would not stop has lost what it kept; whoever needs that finds out.
          if (race?.over !== true) this.#failure ??= { reason };
        },
      )
      .finally(() => {
        this.#busy[slot] = null;
        race?.running.delete(running);
        if (this.#failure !== null) this.#stopRaces();
        this.#next();
      });
  }

  #ended({ race, isCopy }: Running, attempt: Attempt): void {
    const { result, item } = attempt;
    if (race?.over === true) {
      this.#parts.discard(attempt);
      return;
    }
    // Failures of a task and of its copy add up.
    const next = this.#parts.settle(race === null ? attempt : { ...attempt, item: race.item });
    if (result.ok) {
      this.#paces.get(item.stage)?.finished(result.output.metrics.elapsedMs);
      if (race === null) return;
      race.over = true;
      if (isCopy) this.#parts.attempts.figures.speculativeWon += 1;
      for (const other of race.running) other.stop.abort();
      return;
    }
    if (next instanceof Error) {
      this.#failure ??= { reason: next };
      return;
    }
    if (next === null) return;
    if (race === null) this.#queue([next]);
    else {
      race.item = next;
      // The other one is still on its way, and may do.
      if (race.running.size === 1) this.#queues[this.#parts.slotOf(next)].push({ items: [next], race });
    }
  }

  /** The wave has failed: what races need not go on. */
  #stopRaces(): void {
    for (const running of this.#busy) {
      if (running?.race == null) continue;
      running.race.over = true;
      running.stop.abort();
    }
  }
}
