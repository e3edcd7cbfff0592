import { Engine, estimate, FloorOutput, median, pairRatios, type Row, type Suite } from '@millrace/bench';
import { Piscina } from 'piscina';
import { backendOf, type EngineId, TITLES } from '../contenders.ts';

const JOB = new URL('../jobs/empty.job.ts', import.meta.url);
/** Uncounted runs. */
const WARM_UPS = 2;
/** Uncounted batches before them: a batch is a few hundred calls, which V8 has to have compiled. */
const WARM_TRIPS = 5000;
const NOOP = new URL('../jobs/noop-worker.mjs', import.meta.url);

/** Something small that is done many times. */
interface Trip {
  readonly title: string;
  once(): Promise<unknown>;
  close(): Promise<void>;
}

async function piscinaTrip(): Promise<Trip> {
  const pool = new Piscina({ filename: NOOP.href, minThreads: 1, maxThreads: 1, atomics: 'disabled' });
  return { title: 'bare Piscina round trip', once: () => pool.run(0), close: () => pool.destroy() };
}

/** A batch of one stage without records, or of two stages with one record in each of two partitions. */
async function batchTrip(id: EngineId, stages: 1 | 2): Promise<Trip> {
  const partitions = stages;
  const records = stages === 1 ? [] : ['a', 'b'];
  const open = (delivery: 'ignore' | 'none') =>
    Engine.open({ job: JOB, backend: backendOf(id), params: { stages, partitions }, delivery });
  const compared = await open('ignore');
  const output = await compared.collectBatch(records);
  await compared.close();
  new FloorOutput([records.map((key) => [key, 1])]).compare(id, [output]);
  const engine = await open('none');
  const what = stages === 1 ? 'one stage, empty' : 'two stages, 2 records';
  return { title: `${TITLES[id]}: ${what}`, once: () => engine.batch(records), close: () => engine.close() };
}

/** Microseconds of the middle one of `times`. */
async function typicalMicros(trip: Trip, times: number): Promise<number> {
  const micros: number[] = [];
  for (let i = 0; i < times; i++) {
    const from = performance.now();
    await trip.once();
    micros.push((performance.now() - from) * 1000);
  }
  return median(micros);
}

/** What a batch costs when there is nothing in it. */
export const emptySuite: Suite = {
  id: 'empty',
  title: 'Empty batches',
  group: 'Engine costs',
  about:
    'Time from the tick of a batch to its end, scheduling included, beside one round trip to a worker of a bare Piscina. A run is the median of 300.',
  collections: ['quick', 'full'],
  async run(context) {
    const times = context.quick ? 200 : 300;
    const trips = [await piscinaTrip(), await batchTrip('single', 1), await batchTrip('threads2', 2)];
    if (!context.quick) {
      trips.push(await batchTrip('single', 2), await batchTrip('serialize', 2));
      trips.push(await batchTrip('threads1', 1), await batchTrip('threads1', 2), await batchTrip('threads2', 1));
    }
    const micros = trips.map((): number[] => []);
    try {
      for (const trip of trips) await typicalMicros(trip, WARM_TRIPS);
      for (let round = 1 - WARM_UPS; round <= context.runs; round++) {
        for (let i = 0; i < trips.length; i++) {
          const at = (i + context.runs + round) % trips.length;
          context.progress((round + WARM_UPS - 1 + i / trips.length) / (context.runs + WARM_UPS), trips[at]!.title);
          globalThis.gc?.();
          // A full collection also drops what V8 knows of the code: the first batches after it are not typical.
          await typicalMicros(trips[at]!, times);
          const typical = await typicalMicros(trips[at]!, times);
          if (round > 0) micros[at]!.push(typical);
        }
      }
    } finally {
      for (const trip of trips) await trip.close();
    }
    const [roundtrip, single, threads2] = micros as [number[], number[], number[]];
    const rows = trips.map(
      ({ title }, i): Row => ({
        suite: this.id,
        contender: title,
        metric: 'time',
        unit: 'µs',
        better: 'lower',
        ...estimate(micros[i]!),
      }),
    );
    return {
      rows,
      ratios: {
        'empty.threads2/roundtrip': estimate(pairRatios(threads2, roundtrip)),
        'empty.single/roundtrip': estimate(pairRatios(single, roundtrip)),
      },
    };
  },
};
