import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import type { ExecutionBackend } from '@millrace/core';
import { firstDifference, inputFault, recordedInputs } from './compare.ts';
import { slotsBackend } from './crash-backend.ts';
import { CrashLog } from './crash-log.ts';
import { CrashStore } from './crash-store.ts';
import { Dice } from './dice.ts';
import { Sender } from './inputs.ts';
import { Ledger } from './ledger.ts';
import { Life, uninterrupted, type World } from './life.ts';
import { type Schedule, scheduleOf } from './schedule.ts';
import { Turns } from './turns.ts';

export const backendNames = ['single', 'threads'] as const;
export type BackendName = (typeof backendNames)[number];

/** What became of a schedule. */
export interface Report {
  readonly schedule: Schedule;
  /** What was wrong; null: nothing. */
  readonly fault: string | null;
  /** The lives of the job in words. */
  readonly lives: readonly string[];
  /** At which step each crash was. */
  readonly crashes: readonly string[];
  /** Output operations that ran again. */
  readonly repeats: number;
}

/** Nothing here takes time: this only ends what hangs. */
const PATIENCE_MS = 2_000;

/** Runs crash schedules; workers are started once for all. */
export class Simulation {
  readonly #backend: BackendName;
  #threads: ExecutionBackend | null = null;

  constructor(backend: BackendName) {
    this.#backend = backend;
  }

  /** Runs what a seed means. */
  async run(seed: number): Promise<Report> {
    for (let attempt = 0; ; attempt++) {
      const schedule = scheduleOf(seed, attempt, this.#backend === 'single');
      if (await this.#isGood(schedule)) return this.runSchedule(schedule);
    }
  }

  async stop(): Promise<void> {
    await this.#threads?.stop();
    this.#threads = null;
  }

  /** Whether the program ends without a crash. Inputs that depend on the moment have their batches as the program has them. */
  async #isGood(schedule: Schedule): Promise<boolean> {
    try {
      const own = schedule.program.sources.map((source, i) => {
        if (schedule.inputs[i] === 'asked' || schedule.inputs[i] === 'stored') return null;
        return Array.from({ length: schedule.program.batches }, (_, b) => [source.batches[b] ?? []]);
      });
      await uninterrupted(schedule, own, single(), new Ledger(new CrashStore()));
      return true;
    } catch {
      return false;
    }
  }

  /** Runs a schedule whose program ends without a crash. */
  async runSchedule(schedule: Schedule): Promise<Report> {
    const store = new CrashStore();
    await store.open();
    const dice = new Dice(`run ${schedule.seed}`);
    const receives = schedule.inputs.includes('received');
    const world: World = {
      schedule,
      dice,
      store,
      ledger: new Ledger(store),
      taps: new Map(),
      log: receives ? new CrashLog(dice) : null,
      senders: schedule.program.sources.map((source, i) =>
        schedule.inputs[i] === 'received' ? new Sender(source) : null,
      ),
    };
    const lives: string[] = [];
    const crashes: string[] = [];
    let fault: string | null;
    try {
      fault = await this.#lives(world, lives, crashes);
    } catch (e) {
      fault = e instanceof Error ? (e.stack ?? e.message) : String(e);
    } finally {
      world.log?.remove();
    }
    return { schedule, fault, lives, crashes, repeats: world.ledger.repeats };
  }

  /** Lives the job to its end, and compares. @returns what is wrong */
  async #lives(world: World, lives: string[], crashes: string[]): Promise<string | null> {
    const { schedule, store, dice, ledger, senders } = world;
    const endMs = schedule.program.batches * 1000;
    let now = 0;
    let seen: number | null = null;
    for (const ending of [...schedule.endings, null]) {
      const turns = new Turns(dice);
      const life = new Life(world, turns, this.#backendOf(schedule, turns), now);
      const from = now;
      await patiently(Promise.race([life.live(ending), turns.death]), () => lives.push(`from ${from} ms: it hangs`));
      const died = turns.diedAt;
      let how = died === null ? 'stops' : `dies at: ${died}`;
      if (died !== null) {
        crashes.push(died);
        how += `; ${await store.crash(dice)}`;
        if (world.log !== null) how += `; ${world.log.crash(dice)}`;
      }
      await life.abandon();
      for (const sender of senders) sender?.lost();
      lives.push(`from ${from} ms to ${life.now} ms, then it ${how}`);
      seen = life.seen;
      if (ledger.violations.length > 0) return ledger.violations[0];
      if (ending !== null) now = store.begun ? Math.min(life.now + ending.downMs, endMs) : 0;
    }
    const recorded = recordedInputs(schedule, world.taps);
    for (const [i, batches] of recorded.entries()) {
      const wrong = batches === null ? null : inputFault(i, schedule, batches, senders[i]);
      if (wrong !== null) return wrong;
    }
    const whole = new Ledger(store);
    const wanted = await uninterrupted(schedule, recorded, single(), whole);
    const difference = firstDifference(ledger, whole);
    if (difference !== null) return difference;
    if (seen !== wanted) return `the accumulator counts ${seen} records, without crashes ${wanted}`;
    return null;
  }

  #backendOf({ slots }: Schedule, turns: Turns): ExecutionBackend {
    if (this.#backend === 'threads') {
      this.#threads ??= threads({ workers: 2 });
      return this.#threads;
    }
    return slots === 1 ? single() : slotsBackend(slots, turns);
  }
}

/** @throws when it does not end */
async function patiently(work: Promise<void>, giveUp: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      giveUp();
      reject(new Error('nothing happens any more'));
    }, PATIENCE_MS);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** What is printed of a schedule that went wrong. */
export function described({ schedule, lives, fault }: Report): string {
  const { program, inputs, accumulate, slots, moves } = schedule;
  return [
    `seed ${schedule.seed}: ${fault}`,
    `  program: ${JSON.stringify(program)}`,
    `  inputs: ${inputs.join(', ')}; ${slots} slots${accumulate ? '; an accumulator' : ''}${moves ? '; states move' : ''}`,
    ...lives.map((life, i) => `  life ${i + 1}: ${life}`),
  ].join('\n');
}
