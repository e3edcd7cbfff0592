import { isDeepStrictEqual } from 'node:util';
import { type Resource, type SinkPartition, Time } from '@millrace/core';
import { isMillraceError } from '@millrace/core/connector';
import { type ConformanceCase, ManualClock } from '@millrace/core/testing';
import type { Receipt, ReceiptId, TransactionalTarget } from '../transactional/index.ts';
import { writeOnce } from '../transactional/write-once.ts';

/** A target and the outside system it writes to, made anew for each case. */
export interface TargetUnderTest<T> {
  readonly target: TransactionalTarget<T>;
  /** Records that the target can write, all different: the i-th, from 0. */
  record(i: number): T;
  /** Which records the outside system shows, in any order: by their numbers. */
  rows(): readonly number[] | Promise<readonly number[]>;
  /** Frees the outside system. */
  close?(): void | Promise<void>;
}

/**
 * The suite that every target passes: rows and receipt come at once or not at all; a partition that is there is not written
 * again, also not by two who write at the same time; ids are told apart; another number of partitions is refused.
 *
 * @param make makes a fresh outside system for each case
 * @example
 * ```ts
 * registerCases(
 *   'memory',
 *   transactionalTargetConformance(() => {
 *     const target = new MemoryTarget<number>();
 *     return { target, record: (i) => i, rows: () => target.rows };
 *   }),
 *   { describe, it },
 * );
 * ```
 */
export function transactionalTargetConformance<T>(
  make: () => TargetUnderTest<T> | Promise<TargetUnderTest<T>>,
): ConformanceCase[] {
  const on = (name: string, body: (scene: Scene<T>) => Promise<void>): ConformanceCase => ({
    name,
    run: async () => {
      const scene = new Scene(await make());
      try {
        await body(scene);
      } finally {
        await scene.close();
      }
    },
  });
  return [
    on('has rows and receipt after the commit', async (scene) => {
      const at = scene.at({});
      same(await scene.seen(at), null, 'the receipt before');
      const receipt = await scene.write(at, 0, 5);
      same(receipt, { ...ID, numPartitions: 2, records: 5 }, 'the receipt');
      same(await scene.seen(at), receipt, 'the receipt that is seen');
      await scene.shows(0, 5);
    }),
    on('shows nothing before the commit, and nothing after a rollback', async (scene) => {
      const at = scene.at({});
      const begun = await scene.world.target.begin(at);
      await begun.write(scene.records(0, 3));
      await scene.shows(0, 0);
      await begun.rollback();
      await scene.shows(0, 0);
      same(await scene.seen(at), null, 'the receipt');
      await scene.write(at, 0, 3);
      await scene.shows(0, 3);
    }),
    on('writes nothing a second time', async (scene) => {
      const first = await scene.write(scene.at({}), 0, 3);
      same(await scene.write(scene.at({}), 3, 9), first, 'the receipt of the second write');
      await scene.shows(0, 3);
    }),
    on('a commit that comes second leaves nothing and tells of the first', async (scene) => {
      // Both have looked before either has written: only the commit can tell.
      const blind: TransactionalTarget<T> = { begin: (at) => scene.world.target.begin(at), seen: () => null };
      const first = await scene.write(scene.at({}), 0, 3);
      same(await scene.write(scene.at({}), 3, 6, blind), first, 'the receipt of the second commit');
      await scene.shows(0, 3);
    }),
    on('leaves one set of rows when several write the same at the same time', async (scene) => {
      const attempts = Array.from({ length: 4 }, (_, i) => scene.write(scene.at({}), 10 * i, 10 * i + 10));
      const receipts = await Promise.all(attempts);
      for (const receipt of receipts) same(receipt, receipts[0], 'the receipt of each attempt');
      const rows = await scene.rows();
      const [least = -1] = rows;
      same(least % 10, 0, 'the first row');
      await scene.shows(least, least + 10);
    }),
    on('writes several partitions at the same time', async (scene) => {
      const parts = Array.from({ length: 8 }, (_, partition) => scene.at({ partition, numPartitions: 8 }));
      await Promise.all(parts.map((at, i) => scene.write(at, 10 * i, 10 * i + 10)));
      await scene.shows(0, 80);
    }),
    on('tells jobs, outputs, times and partitions apart, whatever their names', async (scene) => {
      const names = ['a', 'A', "it's", '"quoted"', 'a/b', 'a,b', 'grüße ✓', ' a'];
      const ids: Partial<SinkPartition>[] = [
        {},
        { partition: 1 },
        { time: new Time(2000) },
        { time: new Time(2 ** 45) },
      ];
      ids.push(...names.flatMap((name) => [{ job: name }, { output: name }]));
      for (const [i, id] of ids.entries()) await scene.write(scene.at(id), i, i + 1);
      await scene.shows(0, ids.length);
      for (const id of ids) same((await scene.seen(scene.at(id)))?.records, 1, 'records of a receipt');
    }),
    on('keeps a receipt of a partition without records', async (scene) => {
      same((await scene.write(scene.at({}), 0, 0)).records, 0, 'records');
      same(await scene.seen(scene.at({})), { ...ID, numPartitions: 2, records: 0 }, 'the receipt');
    }),
    on('writes more records than go into one chunk', async (scene) => {
      same((await scene.write(scene.at({}), 0, 1001)).records, 1001, 'records');
      await scene.shows(0, 1001);
    }),
    on('refuses a batch that comes back with another number of partitions', async (scene) => {
      await scene.write(scene.at({ partition: 0, numPartitions: 2 }), 0, 3);
      for (const partition of [0, 2]) {
        const code = await scene.write(scene.at({ partition, numPartitions: 3 }), 3, 6).then(
          () => 'written',
          (e: unknown) => (isMillraceError(e) ? e.code : e),
        );
        same(code, 'MR_SINK_LAYOUT', `partition ${partition} of 3 after one of 2`);
      }
      await scene.shows(0, 3);
      await scene.write(scene.at({ partition: 1, numPartitions: 2 }), 3, 6);
      await scene.shows(0, 6);
    }),
  ];
}

const ID: ReceiptId = { job: 'job', output: 'output', time: 1000, partition: 0 };

class Scene<T> {
  readonly world: TargetUnderTest<T>;
  readonly #open = new Map<Resource<unknown>, Promise<unknown>>();

  constructor(world: TargetUnderTest<T>) {
    this.world = world;
  }

  at(about: Partial<SinkPartition>): SinkPartition {
    return {
      ...ID,
      time: new Time(ID.time),
      numPartitions: 2,
      clock: new ManualClock(),
      open: <C>(resource: Resource<C>) => {
        const key = resource as Resource<unknown>;
        const opened = this.#open.get(key) ?? resource.open();
        this.#open.set(key, opened);
        return opened as Promise<C>;
      },
      ...about,
    };
  }

  async seen(at: SinkPartition): Promise<Receipt | null> {
    const { job, output, time, partition } = at;
    return this.world.target.seen({ job, output, time: time.milliseconds, partition }, at);
  }

  write(
    at: SinkPartition,
    from: number,
    to: number,
    target: TransactionalTarget<T> = this.world.target,
  ): Promise<Receipt> {
    const options = { chunkSize: 100, retries: 0, backoff: { initialMs: 1, maxMs: 1 } };
    return writeOnce(target, this.records(from, to), at, options);
  }

  records(from: number, to: number): T[] {
    return Array.from({ length: to - from }, (_, i) => this.world.record(from + i));
  }

  async rows(): Promise<number[]> {
    return [...(await this.world.rows())].sort((a, b) => a - b);
  }

  async shows(from: number, to: number): Promise<void> {
    const expected = Array.from({ length: to - from }, (_, i) => from + i);
    same(await this.rows(), expected, 'rows');
  }

  async close(): Promise<void> {
    for (const [resource, opened] of this.#open) await resource.close(await opened);
    await this.world.close?.();
  }
}

function same(actual: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}
