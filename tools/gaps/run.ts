import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { type CheckpointStore, type ExecutionBackend, loadJob, memoryStore } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import type job from './job.ts';
import { Oracle, textOf } from './oracle.ts';
import { type Life, type Program, programOf, slideOf } from './program.ts';

export const backendNames = ['single', 'threads'] as const;
export type BackendName = (typeof backendNames)[number];

/** What became of a run. */
export interface Report {
  readonly program: Program;
  /** What was wrong; null: nothing. */
  readonly fault: string | null;
  /** Batch times with a batch, of these the ones whose batch failed, and times that were left out. */
  readonly figures: { readonly batches: number; readonly failed: number; readonly leftOut: number };
}

const JOB = new URL('./job.ts', import.meta.url);
/** Nothing here takes time: this only ends what hangs. */
const PATIENCE_MS = 20_000;

/** What all lives of a job have in common. */
interface World {
  readonly program: Program;
  readonly store: CheckpointStore;
  readonly backend: () => ExecutionBackend;
  /** What outputs have seen, by stream and time; more than once where a batch ran again. */
  readonly seen: Map<string, string[]>;
  /** Batch times that were left out while the job was down. */
  readonly leftOut: Set<number>;
  /** Times at which each source was asked for its batch. */
  readonly asked: number[][];
}

/** Runs programs; workers are started once for all. */
export class Gaps {
  readonly #backend: BackendName;
  #threads: ExecutionBackend | null = null;

  constructor(backend: BackendName) {
    this.#backend = backend;
  }

  /** Runs what a seed means. */
  async run(seed: number): Promise<Report> {
    // A job that dies leaves its tasks where they are: not in workers that others use.
    return this.runProgram(programOf(seed, this.#backend === 'single'));
  }

  async runProgram(program: Program): Promise<Report> {
    const world: World = {
      program,
      store: memoryStore(),
      backend: () => this.#backendOf(),
      seen: new Map(),
      leftOut: new Set(),
      asked: [],
    };
    try {
      let now = 0;
      for (const [n, life] of program.lives.entries()) now = await patiently(live(world, life, n, now));
      return judge(world, now);
    } catch (e) {
      const fault = e instanceof Error ? (e.stack ?? e.message) : String(e);
      return { program, fault, figures: { batches: 0, failed: 0, leftOut: 0 } };
    }
  }

  async stop(): Promise<void> {
    await this.#threads?.stop();
    this.#threads = null;
  }

  #backendOf(): ExecutionBackend {
    if (this.#backend === 'single') return single();
    this.#threads ??= threads({ workers: 2 });
    return this.#threads;
  }
}

/** One life of the job, from a batch time on. @returns the time at which the next one begins */
async function live(world: World, life: Life, n: number, from: number): Promise<number> {
  const { program, store, leftOut } = world;
  const clock = new ManualClock(from * 1000);
  const checkpoints = lifeOf(store);
  const { ssc, streams: made } = await loadJob<typeof job>(JOB, {
    backend: world.backend(),
    params: { program },
    clock,
    warn: () => {},
    defaultParallelism: program.parallelism,
    concurrentJobs: program.concurrentJobs,
    onBatchFailure: 'continue',
  });
  ssc.checkpoint(checkpoints.store, { maxMissedBatches: life.maxMissed });
  const hung = Promise.withResolvers<void>();
  const dies = life.dies === null ? null : from + life.dies;
  const faults = new Map(program.faults);
  const failsAt = (fault: string, name: string) =>
    made.sources[0].foreachRDD(
      (_rdd, time) => {
        if (faults.get(time.milliseconds / 1000) === fault) throw new Error(`the ${fault} fails`);
      },
      { name },
    );
  failsAt('first output', 'first');
  for (const [i, stream] of made.streams.entries()) {
    stream.foreachRDD(
      async (rdd, time) => {
        const batch = time.milliseconds / 1000;
        // Before the first stream is looked at, or when all have been.
        if (batch === dies && i === (batch % 2 === 0 ? 0 : made.streams.length - 1)) {
          hung.resolve();
          await new Promise(() => {});
        }
        const text = textOf(await rdd.collect());
        const key = `${i}@${batch}`;
        world.seen.set(key, [...(world.seen.get(key) ?? []), text]);
      },
      { name: `out${i}` },
    );
  }
  made.fragile.foreachRDD((rdd) => rdd.count().then(() => {}), { name: 'fragile-out' });
  failsAt('last output', 'last');
  let last = n === 0 ? 0 : lastTime(store);
  const missed = Math.max(from, last) - last;
  for (let i = 0; i < missed - life.maxMissed; i++) leftOut.add(last + 1 + i);
  await ssc.start();
  ssc.awaitTermination().catch(() => {});
  let dead = false;
  const died = hung.promise.then(() => {
    dead = true;
  });
  await Promise.race([ssc.awaitIdle(), died]);
  for (const step of life.steps) {
    if (dead) break;
    await clock.advance(step * 1000);
    await Promise.race([ssc.awaitIdle(), died]);
  }
  // What the job does besides the batch that hangs comes to its end first.
  if (dead) for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  else await ssc.stop({ stopBackend: false });
  await checkpoints.end();
  for (const [i, { asked }] of made.sources.entries()) world.asked[i] = [...(world.asked[i] ?? []), ...asked];
  last = clock.now() / 1000;
  return last + life.down;
}

/** A store as one life of the job has it: when that has ended nothing gets through any more. */
function lifeOf(store: CheckpointStore): { readonly store: CheckpointStore; end(): Promise<void> } {
  let ended = false;
  const reads = { where: store.where, get: store.get, entries: store.entries, stats: store.stats };
  return {
    store: {
      ...reads,
      open: () => store.open(),
      write: (changes) => (ended ? new Promise(() => {}) : store.write(changes)),
      close: async () => {},
    },
    async end() {
      ended = true;
      await store.close();
    },
  };
}

/** The last batch time that was planned or left out, in batches. */
function lastTime(store: CheckpointStore): number {
  let last = 0;
  void store.open();
  for (const { key } of store.entries(['batch'])) last = Math.max(last, key[1] as number);
  for (const { key } of store.entries(['skipped'])) last = Math.max(last, key[1] as number);
  void store.close();
  return last / 1000;
}

/** Compares what outputs have seen with what the oracle says. */
function judge({ program, seen, leftOut, asked }: World, end: number): Report {
  const oracle = new Oracle(program);
  const figures = { batches: 0, failed: 0, leftOut: leftOut.size };
  const report = (fault: string | null) => ({ program, fault, figures });
  const last = Math.max(0, ...[...seen.keys()].map((key) => Number(key.split('@')[1])));
  for (let time = 1; time <= Math.min(end, last); time++) {
    const wanted = oracle.next(time, !leftOut.has(time));
    if (wanted !== null) figures.batches += 1;
    if (wanted?.fails === true) figures.failed += 1;
    for (let i = 0; i < 2 + program.nodes.length; i++) {
      const found = seen.get(`${i}@${time}`) ?? [];
      const text = wanted?.rows.get(i) ?? null;
      const where = `stream ${i}${i < 2 ? '' : ` (${program.nodes[i - 2].op})`} at ${time}`;
      for (const each of found)
        if (each !== text) return report(`${where}\n  found:  ${each}\n  wanted: ${text ?? 'no batch'}`);
      if (wanted !== null && !wanted.fails && found.length === 0 && time % slideOf(program, i) === 0)
        return report(`${where}\n  found:  no batch\n  wanted: ${text}`);
    }
  }
  for (const [i, times] of asked.entries()) {
    // One that gives its batches again may be asked again; none may be asked for a time that was left out.
    const wrong = times.find((t, n) => leftOut.has(t) || (!program.asked[i] && n > 0 && t <= times[n - 1]));
    if (wrong !== undefined)
      return report(`source ${i} was asked for ${wrong}, which was not its turn: ${times.join(' ')}`);
  }
  return report(null);
}

/** @throws when it does not end */
async function patiently<R>(work: Promise<R>): Promise<R> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('nothing happens any more')), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** What is printed of a run that went wrong. */
export function described({ program, fault }: Report): string {
  const { seed, nodes, faults, lives, poison } = program;
  return [
    `seed ${seed}: ${fault}`,
    ...nodes.map(
      ({ op, in: inputs, w, s }, i) => `  stream ${i + 2}: ${op} of ${inputs.join(', ')}, window ${w}, slide ${s}`,
    ),
    `  faults: ${faults.map(([time, kind]) => `${time} ${kind}`).join(', ')}; poison ${poison.join(', ')}`,
    `  inputs that are asked again: ${program.asked.join(', ')}; ${program.parallelism} partitions, ${program.concurrentJobs} at once`,
    ...lives.map((life) => `  life: ${JSON.stringify(life)}`),
  ].join('\n');
}
