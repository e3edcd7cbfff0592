import type { InputDStream } from '../api/input-dstream.ts';
import { StreamingContext } from '../api/streaming-context.ts';
import { seconds } from '../api/time.ts';
import { compareValues } from '../data/compare.ts';
import type { ConformanceCase } from './cases.ts';
import { holds, same } from './conformance/expect.ts';
import { inlineBackend } from './inline-backend.ts';
import { ManualClock } from './manual-clock.ts';
import { type BatchOutput, collectOutputs, runBatches } from './run-batches.ts';

/** A source and the outside world that it reads, made anew for each case. */
export interface SourceUnderTest<T> {
  /** Constructs the source on a context. May be called several times. */
  make(ssc: StreamingContext): InputDStream<T>;
  /**
   * Puts records into the outside world. Resolves when the source that was started last has received them, or would find
   * them at its next batch. Never called before a start.
   */
  feed(records: readonly T[]): Promise<void>;
  /** Records of the kind that the source reads, all different: the i-th. */
  record(i: number): T;
  /** How often the outside world was contacted (connections, opened files). Left out: not checked. */
  contacts?(): number;
  /** The most records that a batch may have, if the source has such a bound. */
  readonly maxRecordsPerBatch?: number;
  /** False for sources of several partitions, which keep the order of each alone; true unless given. */
  readonly ordered?: boolean;
  /** Frees the outside world. */
  close?(): Promise<void>;
}

/** Batches that a source may take to hand over what it was fed. */
const PATIENCE = 100;

/**
 * The suite that every source passes: names and ids; no side effects before the start; everything exactly once, in order;
 * a declared bound is kept; stop ends intake; a graceful stop hands over what was received.
 *
 * @param makeSource makes a fresh outside world for each case
 * @example
 * ```ts
 * registerCases('my source', sourceConformance(() => mySourceWithServer()), { describe, it });
 * ```
 */
export function sourceConformance<T>(
  makeSource: () => SourceUnderTest<T> | Promise<SourceUnderTest<T>>,
): ConformanceCase[] {
  const using = (name: string, body: (scene: Scene<T>) => Promise<void>): ConformanceCase => ({
    name,
    run: async () => {
      const world = await makeSource();
      const scene = new Scene(world);
      try {
        await body(scene);
      } finally {
        await scene.ssc.stop();
        await world.close?.();
      }
    },
  });
  return [
    using('has an id and a name of its own', async ({ ssc, source, world }) => {
      const second = world.make(ssc);
      same([source.id, second.id], [0, 1], 'ids in the order of construction');
      holds(source.name !== '' && source.name !== second.name, 'names are different and not empty', [
        source.name,
        second.name,
      ]);
    }),
    using('does nothing before it is started', async ({ source, world }) => {
      // As a worker does: constructs it and never starts it.
      world.make(new StreamingContext(inlineBackend(), seconds(1)));
      same(source.hasPending(), false, 'hasPending() before the start');
      if (world.contacts !== undefined) same(world.contacts(), 0, 'contacts before the start');
    }),
    using('gives batches without data while there is none', async (scene) => {
      await scene.ssc.start();
      await runBatches(scene.ssc, scene.clock, 2);
      same(scene.records, [], 'records');
    }),
    using('hands over everything exactly once, in order', async (scene) => {
      await scene.ssc.start();
      for (const [from, to] of [
        [0, 3],
        [3, 4],
        [4, 20],
      ]) {
        await scene.feed(from, to);
        await scene.runUntil(to);
      }
      await runBatches(scene.ssc, scene.clock, 2);
      scene.check(20);
      const times = scene.outputs.map((o) => o.time);
      same(
        times,
        [...times].sort((a, b) => a - b),
        'batch times',
      );
    }),
    using('keeps its bound of records for each batch', async (scene) => {
      const { maxRecordsPerBatch } = scene.world;
      if (maxRecordsPerBatch === undefined) return;
      const n = maxRecordsPerBatch * 3 + 1;
      await scene.ssc.start();
      await scene.feed(0, n);
      await scene.runUntil(n);
      scene.check(n);
      const largest = Math.max(...scene.outputs.map((o) => o.records.length));
      holds(largest <= maxRecordsPerBatch, `no batch has more than ${maxRecordsPerBatch} records`, largest);
    }),
    using('takes nothing in after stop', async (scene) => {
      await scene.ssc.start();
      await scene.feed(0, 2);
      await scene.runUntil(2);
      await scene.ssc.stop();
      // The outside world may refuse, since nobody listens.
      await scene.feed(2, 4).catch(() => {});
      await scene.clock.advance(3000);
      scene.check(2);
    }),
    using('hands over what it has received when it is stopped gracefully', async (scene) => {
      await scene.ssc.start();
      await scene.feed(0, 10);
      const received = scene.source.hasPending();
      await scene.ssc.stop({ graceful: true });
      same(scene.source.hasPending(), false, 'hasPending() after a graceful stop');
      if (received) scene.check(10);
    }),
  ];
}

/** A source on a context that runs by a ManualClock. */
class Scene<T> {
  readonly clock = new ManualClock();
  readonly ssc = new StreamingContext(inlineBackend(), seconds(1), { clock: this.clock, warn: () => {} });
  readonly world: SourceUnderTest<T>;
  readonly source: InputDStream<T>;
  readonly outputs: BatchOutput<T>[];

  constructor(world: SourceUnderTest<T>) {
    this.world = world;
    this.source = world.make(this.ssc);
    this.outputs = collectOutputs(this.source);
  }

  get records(): readonly T[] {
    return this.outputs.flatMap((o) => o.records);
  }

  async feed(from: number, to: number): Promise<void> {
    await this.world.feed(this.expected(from, to));
  }

  /** Runs batches until so many records came out. */
  async runUntil(count: number): Promise<void> {
    for (let i = 0; i < PATIENCE && this.records.length < count; i++) await runBatches(this.ssc, this.clock, 1);
  }

  /** All records up to the n-th came out, once each, in order where the source promises it. */
  check(n: number): void {
    const expected = this.expected(0, n);
    if (this.world.ordered !== false) same(this.records, expected, 'records');
    else same([...this.records].sort(compareValues), expected.sort(compareValues), 'records in any order');
  }

  expected(from: number, to: number): T[] {
    return Array.from({ length: to - from }, (_, i) => this.world.record(from + i));
  }
}
