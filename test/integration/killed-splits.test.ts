import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { lmdbStore } from '@millrace/core';
import { msgpackCodec } from '@millrace/core/connector';
import { afterEach, expect, test } from 'vitest';
import { AGAIN, fileOf } from './jobs/once-sink.ts';
import { NAMES, PAIRS, PARTITIONS, type SkewedParams } from './jobs/skewed.ts';
import { killAll, Program } from './kit/program.ts';
import type { ShuffledBatch } from './programs/skewed-batches.ts';

/*
 * A process that has stored how the heavy keys of a batch are split is killed with -9 while it writes what came of it. The next one runs the
 * batch again, under an engine that finds other keys heavy: of each partition, what is written before and after has to be the same.
 */

const PROGRAM = fileURLToPath(new URL('./programs/skewed-batches.ts', import.meta.url));
const OTHER = pathToFileURL(fileURLToPath(new URL('./programs/other-sample.ts', import.meta.url)));
const FIRST_HELD = 2;
const works: string[] = [];

afterEach(async () => {
  await killAll();
  for (const dir of works.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** With which part of an even share a key is heavy, and with twice of it split; null: what this version of the engine says. */
type HeavyPart = number | null;

/** A checkpoint, what a job has written, and processes that run it. */
class Work {
  readonly out: string;
  readonly #checkpoint: string;
  readonly #backend: string;

  constructor(backend: string) {
    const dir = mkdtempSync(join(tmpdir(), 'millrace-splits-'));
    works.push(dir);
    this.out = join(dir, 'out');
    mkdirSync(this.out);
    this.#checkpoint = join(dir, 'checkpoint');
    this.#backend = backend;
  }

  run(engine: HeavyPart, from: number, batches: number, holdFrom?: number): Program {
    const params: SkewedParams = { out: this.out, ...(holdFrom === undefined ? {} : { holdFrom }) };
    return new Program(process.execPath, [
      '--conditions=@millrace/source',
      ...(engine === null ? [] : ['--import', `${OTHER.href}?part=${engine}`]),
      ...[PROGRAM, this.#backend, this.#checkpoint, JSON.stringify(params), String(from), String(batches)],
    ]);
  }

  /** Plans in the checkpoint, by batch time and shuffle. */
  async stored(): Promise<StoredPlan[]> {
    const store = lmdbStore(join(this.#checkpoint, 'store'));
    await store.open();
    try {
      return [...store.entries(['split'])].map(({ key, value }) => ({
        time: Number(key[1]),
        ...(msgpackCodec.decode(value)[0] as Omit<StoredPlan, 'time'>),
      }));
    } finally {
      await store.close();
    }
  }

  has(output: string, time: number, partition: number): boolean {
    return existsSync(join(this.out, fileOf(output, time, partition)));
  }

  /** The records of a batch by partition, in an order that does not depend on the plan. */
  partitions(output: string, time: number): string[][] {
    return Array.from({ length: PARTITIONS }, (_, p) => this.#records(fileOf(output, time, p)));
  }

  /** Files of partitions that were written twice, each with whether both times had the same records. */
  repeated(): [string, boolean][] {
    const again = readdirSync(this.out).filter((file) => file.endsWith(AGAIN));
    return again.sort().map((file) => {
      const first = file.slice(0, -AGAIN.length);
      return [first, JSON.stringify(this.#records(first)) === JSON.stringify(this.#records(file))];
    });
  }

  #records(file: string): string[] {
    const records = JSON.parse(readFileSync(join(this.out, file), 'utf8')) as unknown[];
    return records.map((record) => JSON.stringify(record)).sort();
  }
}

/** What a test looks at: of a group `slices`, of a join `pieces`. */
interface StoredPlan {
  readonly time: number;
  readonly keys: readonly { readonly key: string }[];
  readonly slices?: readonly (readonly { readonly heavy: number }[])[];
  readonly pieces?: readonly (readonly { readonly heavy: number }[])[];
}

/** Keys with the number of partitions that work on each, as listeners are told. */
function splitOf({ keys, slices, pieces }: StoredPlan): { key: string; partitions: number }[] {
  const lists = (slices ?? pieces) as readonly (readonly { readonly heavy: number }[])[];
  return keys.map(({ key }, heavy) => ({
    key,
    partitions: lists.filter((list) => list.some((part) => part.heavy === heavy)).length,
  }));
}

function toldOf({ shuffles }: ShuffledBatch, operator: string) {
  return shuffles.filter((shuffle) => shuffle.operator === operator).map(({ split }) => split?.keys ?? null)[0];
}

const groups = [...Map.groupBy(PAIRS, ([key]) => key)].map(([key, pairs]) =>
  JSON.stringify([key, pairs.map(([, value]) => value)]),
);
const names = Map.groupBy(NAMES, ([key]) => key);
const joined = PAIRS.flatMap(([key, value]) =>
  (names.get(key) ?? []).map(([, name]) => JSON.stringify([key, [value, name]])),
);

async function ended(run: Program): Promise<ShuffledBatch[]> {
  expect(await run.ended, run.stderr).toEqual({ code: 0, signal: null });
  return run.printed<ShuffledBatch>();
}

const ENGINES: readonly (readonly [what: string, before: HeavyPart, after: HeavyPart])[] = [
  ['the same keys', null, null],
  ['no key', null, 3],
  ['fewer keys', null, 0.5],
  ['more keys', 0.5, null],
];

for (const backend of ['single', 'threads']) {
  for (const [what, before, after] of ENGINES) {
    test(`killed before its output was complete, ${backend}: an engine that finds ${what} heavy gives the same`, async () => {
      const work = new Work(backend);
      const first = work.run(before, 0, 1, FIRST_HELD);
      await first.until(
        (run) =>
          run.stdout.includes('holds') && work.has('pairs-of-names', 1000, 0) && work.has('pairs-of-names', 1000, 1),
        'half of the output is written',
      );
      await first.killed();
      expect(first.printed().some((line) => 'shuffles' in (line as object))).toBe(false);
      expect(work.has('pairs-of-names', 1000, FIRST_HELD)).toBe(false);
      const plans = await work.stored();
      expect(plans.map(({ time }) => time)).toEqual([1000, 1000]);
      const planOf = (kind: 'slices' | 'pieces') => plans.find((plan) => kind in plan) as StoredPlan;
      // A key that is in one piece would be the same under any plan.
      expect(splitOf(planOf('pieces')).some(({ partitions }) => partitions > 1)).toBe(true);

      // What the next engine would have decided by itself.
      const alone = new Work(backend);
      const [decided] = await ended(alone.run(after, 0, 1));
      const [again, next] = await ended(work.run(after, 1000, 1));
      expect([again?.time, next?.time]).toEqual([1000, 2000]);
      const obeyed = toldOf(again as ShuffledBatch, 'joined');
      expect(obeyed).toEqual(expect.arrayContaining(splitOf(planOf('pieces'))));
      if (before === after) expect(toldOf(again as ShuffledBatch, 'groups')).toEqual(splitOf(planOf('slices')));
      else {
        expect(toldOf(decided as ShuffledBatch, 'joined')).not.toEqual(splitOf(planOf('pieces')));
        expect(alone.partitions('pairs-of-names', 1000)).not.toEqual(work.partitions('pairs-of-names', 1000));
      }

      for (const time of [1000, 2000]) {
        expect(work.partitions('grouped', time).flat().sort()).toEqual([...groups].sort());
        expect(work.partitions('pairs-of-names', time).flat().sort()).toEqual([...joined].sort());
      }
      // Both partitions that were written before, and all of the output that was complete.
      const repeated = [
        ...[0, 1, 2, 3].map((p) => [fileOf('grouped', 1000, p), true]),
        ...[0, 1].map((p) => [fileOf('pairs-of-names', 1000, p), true]),
      ];
      expect(work.repeated()).toEqual(repeated);
      expect((await work.stored()).filter(({ time }) => time === 1000)).toEqual([]);
    });
  }
}
