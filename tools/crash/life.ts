import { type ExecutionBackend, type LoadedJob, loadJob } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import { simulate } from '../../packages/core/src/checkpoint/simulation.ts';
import { canon } from '../random/functions.ts';
import { look } from '../random/run.ts';
import { type CrashBackend, crashBackend } from './crash-backend.ts';
import type { CrashLog } from './crash-log.ts';
import type { CrashStore } from './crash-store.ts';
import type { Dice } from './dice.ts';
import type { Recorded, Sender } from './inputs.ts';
import type job from './job.ts';
import type { Ledger } from './ledger.ts';
import { moveAllTheTime } from './moving.ts';
import type { Ending, Schedule } from './schedule.ts';
import type { Turns } from './turns.ts';

const JOB = new URL('./job.ts', import.meta.url);
type Loaded = LoadedJob<ReturnType<(typeof job)['build']>>;

/** What outlives the job. */
export interface World {
  readonly schedule: Schedule;
  readonly dice: Dice;
  readonly store: CrashStore;
  readonly ledger: Ledger;
  /** Partitions that taps of inputs have seen. */
  readonly taps: Map<string, unknown[][]>;
  readonly log: CrashLog | null;
  /** By source. */
  readonly senders: readonly (Sender | null)[];
}

/** One life of the job, from its start to its crash, its stop, or the end of the run. */
export class Life {
  readonly #world: World;
  readonly #turns: Turns;
  readonly #backend: CrashBackend;
  readonly #clock: ManualClock;
  readonly #endMs: number;
  #failure: unknown = null;
  /** How many records the accumulator has counted. */
  seen: number | null = null;

  constructor(world: World, turns: Turns, backend: ExecutionBackend, fromMs: number) {
    this.#world = world;
    this.#turns = turns;
    this.#backend = crashBackend(backend, turns);
    this.#clock = new ManualClock(fromMs);
    this.#endMs = world.schedule.program.batches * 1000;
  }

  get now(): number {
    return this.#clock.now();
  }

  /** Lives until the ending, or to the end if there is none. Never resolves when the job dies. @throws what a batch fails with */
  async live(ending: Ending | null): Promise<void> {
    const { dice } = this.#world;
    const loaded = await load(this.#world.schedule, null, this.#backend, this.#clock, this.#world.schedule.program);
    const { ssc } = loaded;
    this.#connect(loaded);
    if (ending?.how === 'crash' && ending.from === 'restart') this.#turns.dieIn(ending.steps, ending.only);
    await ssc.start();
    ssc.awaitTermination().catch((e: unknown) => {
      this.#failure = e;
    });
    await this.#turns.step('the job has started');
    const from = typeof ending?.from === 'number' ? this.now + ending.from * (this.#endMs - this.now) : this.now;
    while (this.now < this.#endMs && this.#failure === null) {
      const ms = dice.chance(0.6) ? 1000 : dice.int(1, 12) * 250;
      const to = Math.min(this.now + ms, this.#endMs);
      await this.#feed(loaded, to === this.#endMs);
      await this.#turns.step('time goes on');
      if (ending?.how === 'crash' && to >= from) this.#turns.dieIn(ending.steps, ending.only);
      await this.#clock.setTo(to);
      await this.#turns.stillAlive();
      if (ending !== null && ending.how !== 'crash' && to >= from) break;
      if (dice.chance(0.6)) await ssc.awaitIdle();
      await this.#turns.stillAlive();
    }
    if (ending === null || ending.how === 'crash') await ssc.awaitIdle();
    await this.#turns.stillAlive();
    // It has lived longer than that: it dies where nothing is under way.
    if (ending?.how === 'crash' && this.#failure === null) {
      this.#turns.die('nothing: all is done');
      return new Promise(() => {});
    }
    const graceful = ending?.how === 'drain' && this.#world.log === null;
    await ssc.stop({ graceful, stopBackend: false });
    await this.#turns.step('the job has stopped');
    if (this.#failure !== null) throw this.#failure;
    this.seen = loaded.streams.seen?.value ?? null;
  }

  /** Frees what a job that died had taken. */
  abandon(): Promise<void> {
    return this.#backend.abandon();
  }

  #connect(loaded: Loaded): void {
    const { dice, ledger, log, store, taps } = this.#world;
    const turns = this.#turns;
    const checkpoints = store.life(turns);
    // So few that states of a few keys are read over and over, each time in several batches.
    simulate(checkpoints, { sweptAtOnce: dice.int(1, 2), partsOfOne: dice.int(1, 2), files: log?.files(turns) });
    if (this.#world.schedule.moves) moveAllTheTime(loaded.ssc, this.#world.schedule.program);
    loaded.ssc.checkpoint(checkpoints, log === null ? {} : { writeAheadLog: { dir: log.dir, segmentBytes: 1024 } });
    for (const input of loaded.streams.moving) input.arrived = () => dice.int(0, 6);
    attachOutputs(loaded, this.#world.schedule, async (output, time, seeing) => {
      await turns.step('an output begins');
      ledger.begins(output, time);
      const { value, partitions } = await seeing();
      await turns.stillAlive();
      ledger.saw(output, time, value);
      if (partitions !== null) taps.set(`${output} ${time}`, partitions);
      await turns.step('an output has ended');
    });
  }

  /** Lets senders go on; before the last batch it waits for them, so that all they have sent is in a batch. */
  async #feed({ streams }: Loaded, last: boolean): Promise<void> {
    for (const [i, sender] of this.#world.senders.entries()) {
      const receiver = streams.receivers[i];
      if (sender === null || receiver === null) continue;
      sender.send(last ? 0 : this.#world.dice.int(0, 3), receiver, this.#turns);
      if (last || this.#world.dice.chance(0.5)) await sender.whenIdle();
    }
  }
}

type Seeing = () => Promise<{ readonly value: string; readonly partitions: unknown[][] | null }>;

function attachOutputs(
  { streams }: Loaded,
  { program }: Schedule,
  run: (output: string, time: number, seeing: Seeing) => Promise<void>,
): void {
  streams.taps.forEach((tap, i) => {
    tap?.foreachRDD(
      (rdd, time) =>
        run(`tap${i}`, time.milliseconds, async () => {
          const partitions = await rdd.collect();
          return { value: canon(partitions), partitions };
        }),
      { name: `tap${i}-out` },
    );
  });
  program.outputs.forEach(({ node, mode }, i) => {
    streams.streams[node].foreachRDD(
      (rdd, time) =>
        run(`output ${i} (${mode} of stream ${node})`, time.milliseconds, async () => {
          const { records, parts } = await look(rdd, mode, time.milliseconds / 1000);
          return { value: `${rdd.numPartitions} partitions: ${JSON.stringify(parts ?? records)}`, partitions: null };
        }),
      { name: `out${i}` },
    );
  });
}

function load(
  schedule: Schedule,
  recorded: readonly (Recorded | null)[] | null,
  backend: ExecutionBackend,
  clock: ManualClock,
  { concurrentJobs, parallelism }: { readonly concurrentJobs: number; readonly parallelism: number },
): Promise<Loaded> {
  const { program, inputs, accumulate } = schedule;
  return loadJob<typeof job>(JOB, {
    backend,
    params: { program, inputs, accumulate, recorded },
    clock,
    warn: () => {},
    defaultParallelism: parallelism,
    concurrentJobs,
    onBatchFailure: 'stop',
  });
}

/** The same program with the same input, uninterrupted and without a store, one batch after the other. @throws what a batch fails with */
export async function uninterrupted(
  schedule: Schedule,
  recorded: readonly (Recorded | null)[],
  backend: ExecutionBackend,
  ledger: Ledger,
): Promise<number | null> {
  const clock = new ManualClock();
  const { parallelism, batches } = schedule.program;
  const loaded = await load(schedule, recorded, backend, clock, { concurrentJobs: 1, parallelism });
  attachOutputs(loaded, schedule, async (output, time, seeing) => ledger.saw(output, time, (await seeing()).value));
  const { ssc } = loaded;
  if (schedule.moves) moveAllTheTime(ssc, schedule.program);
  await ssc.start();
  let failure: unknown = null;
  const ended = ssc.awaitTermination().catch((e: unknown) => {
    failure = e;
  });
  for (let i = 0; i < batches; i++) {
    await clock.advance(1000);
    await ssc.awaitIdle();
  }
  await ssc.stop({ stopBackend: false });
  await ended;
  if (failure !== null) throw failure;
  return loaded.streams.seen?.value ?? null;
}
