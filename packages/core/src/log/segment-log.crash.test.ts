import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { ModelDisk } from './model-disk.ts';
import type { LogPosition } from './read-record.ts';
import { SegmentLog } from './segment-log.ts';

const BASE = Number(process.env.MILLRACE_SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = Number(process.env.MILLRACE_CRASH_RUNS ?? 150);

/** mulberry32 */
function randomOf(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const payloadOf = (id: number) => Buffer.alloc((id * 337) % 1900, `payload ${id} `);
const same = (a: LogPosition | undefined, b: LogPosition) =>
  a?.segment === b.segment && a.offset === b.offset && a.length === b.length;

/** A life of a log with crashes; throws when a promise of the log is not kept. */
async function life(seed: number): Promise<void> {
  const random = randomOf(seed);
  const dir = mkdtempSync(join(tmpdir(), 'millrace-crash-'));
  const disk = new ModelDisk(dir, random);
  /** What must be there: acknowledged, or given to somebody by `open`. */
  const kept = new Map<number, LogPosition>();
  let issued = 0;
  try {
    for (let epoch = 0; epoch < 6; epoch++) {
      disk.diesIn = Number.POSITIVE_INFINITY;
      disk.failing = 0;
      const clock = new ManualClock();
      const segmentBytes = 600 + Math.floor(random() * 12_000);
      const log = new SegmentLog(dir, { clock, warn: () => {}, segmentBytes, files: disk });
      const found = new Map<number, LogPosition>();
      let before = -1;
      const report = log.open(({ time, header, position }) => {
        const id = Number(Buffer.from(header).toString());
        if (id <= before || id >= issued || time !== id) throw new Error(`record ${id} behind ${before}`);
        if (!payloadOf(id).equals(log.read(position))) throw new Error(`record ${id} has changed`);
        before = id;
        found.set(id, position);
      });
      expect(report.damaged).toEqual([]);
      for (const [id, position] of kept) if (!same(found.get(id), position)) throw new Error(`record ${id} is lost`);
      for (const [id, position] of found) kept.set(id, position);

      disk.failing = random() < 0.5 ? 0 : 0.1;
      if (random() < 0.8) disk.diesIn = 1 + Math.floor(random() * 40);
      for (let group = 0; group < 12; group++) {
        const appended = Array.from({ length: 1 + Math.floor(random() * 6) }, async () => {
          const id = issued++;
          const bytes = payloadOf(id);
          const cut = Math.floor(random() * (bytes.length + 1));
          const position = await log.append(id, Buffer.from(String(id)), [bytes.subarray(0, cut), bytes.subarray(cut)]);
          kept.set(id, position);
        });
        const settled = Promise.allSettled(appended);
        if (random() < 0.7) await settled;
        if (random() < 0.15) {
          const first = [...kept.values()].at(Math.floor(random() * kept.size))?.segment ?? 0;
          for (const [id, { segment }] of kept) if (segment < first) kept.delete(id);
          await log.clean(first);
        }
      }
      await log.close();
      if (random() < 0.6) disk.losePower();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

test('whatever a crash leaves of pages and names, what was acknowledged or given out is there, once and in order', async () => {
  for (let run = 0; run < RUNS; run++) {
    const seed = BASE + run;
    await life(seed).catch((e) => {
      throw new Error(`MILLRACE_SEED=${seed} MILLRACE_CRASH_RUNS=1: ${e.message}`, { cause: e });
    });
  }
  console.log(`crashes of the segment log: ${RUNS} lives from seed ${BASE}`);
});
