import type { ExecutionBackend, QueueEntry } from '@millrace/core';
import type { Output } from './compare.ts';
import { type Backends, DEFAULT_BACKENDS, LOOP_TITLE } from './contenders.ts';
import { type Delivery, Engine } from './engine.ts';
import type { Contender, Subject } from './race.ts';

/** The same job on the engine's backends. */
export interface EngineEntry<T, P> {
  readonly job: URL;
  readonly params?: P;
  readonly delivery?: Delivery;
  /** Batches that come before everything else: what fills windows and state. Not timed. */
  readonly preload?: () => Iterable<QueueEntry<T>>;
  /**
   * The batches of a contender's n-th run, n from 0; each contender gets records of its own. Null for a batch that the job's own
   * source has. Not timed.
   */
  readonly batches: (run: number) => readonly (QueueEntry<T> | null)[];
  /** A batch that is delivered in full, for the comparison, where runs deliver less. */
  readonly checkBatch?: () => QueueEntry<T>;
  /** The directory of a backend's checkpoint, each its own. Left out: there is none. */
  readonly checkpoint?: (backend: string) => string;
}

/** Contenders that run a job, one for each backend, whose names are their ids. */
export function engineContenders<T, P>(entry: EngineEntry<T, P>, backends: Backends = DEFAULT_BACKENDS): Contender[] {
  return Object.entries(backends).map(([name, backend]) => ({
    id: name,
    title: name,
    open: () => openEngine(backend(), entry, entry.checkpoint?.(name)),
  }));
}

async function openEngine<T, P>(
  backend: ExecutionBackend,
  entry: EngineEntry<T, P>,
  checkpoint: string | undefined,
): Promise<Subject> {
  const { job, params, delivery, preload, batches, checkBatch } = entry;
  const engine = await Engine.open<T, unknown, P>({ job, params, delivery, backend, checkpoint });
  if (preload !== undefined) for (const batch of preload()) await engine.batch(batch);
  let runs = 0;
  let next: readonly (QueueEntry<T> | null)[] = [];
  return {
    prepare() {
      next = batches(runs++);
    },
    async leadIn() {
      for (const batch of leading(next)) await engine.batch(batch);
    },
    async run(sink) {
      for (const batch of next) {
        const records = await engine.batch(batch);
        if (typeof records !== 'number') sink(records);
      }
    },
    ...(checkBatch === undefined
      ? {}
      : { check: async (): Promise<Output> => [await engine.collectBatch(checkBatch())] }),
    close: () => engine.close(),
  };
}

/** The first quarter of a run's batches, at least one. */
function leading<T>(batches: readonly T[]): readonly T[] {
  return batches.slice(0, Math.ceil(batches.length / 4));
}

/** The floor's side of a suite. */
export interface LoopEntry<T> {
  /** Makes the loop: a function from a batch to its output. */
  readonly loop: () => (batch: T) => readonly unknown[];
  readonly preload?: () => Iterable<T>;
  readonly batches: (run: number) => readonly T[];
  /** A batch whose output in full is compared, where timed runs make less of it. */
  readonly checkBatch?: () => T;
  /** The output in full after a batch, where it is not what the loop returns. */
  readonly all?: () => readonly unknown[];
}

/** A hand-written loop as a contender: the floor. */
export function loopContender<T>(entry: LoopEntry<T>): Contender {
  return {
    id: 'loop',
    title: LOOP_TITLE,
    open() {
      const { preload, batches, checkBatch, all } = entry;
      const loop = entry.loop();
      if (preload !== undefined) for (const batch of preload()) loop(batch);
      let runs = 0;
      let next: readonly T[] = [];
      return {
        prepare() {
          next = batches(runs++);
        },
        leadIn() {
          for (const batch of leading(next)) loop(batch);
        },
        run(sink) {
          for (const batch of next) sink(loop(batch));
        },
        ...(checkBatch === undefined
          ? {}
          : {
              check() {
                const output = loop(checkBatch());
                return [all?.() ?? output];
              },
            }),
        close() {},
      };
    },
  };
}
