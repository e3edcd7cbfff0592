import {
  batchTimeRows,
  type Estimate,
  engineContenders,
  loopContender,
  race,
  type Suite,
  seededRandom,
  speedRatio,
} from '@millrace/bench';
import { backends } from '../contenders.ts';
import { keyedTotals } from '../floors/keyed-totals.ts';

const JOB = new URL('../jobs/keyed-totals.job.ts', import.meta.url);
const TOUCHED = 10_000;
const BATCHES = 10;

type Pairs = [string, number][];

function stateSuite(id: string, known: number, collections: readonly string[]): Suite {
  const all = known.toLocaleString('en');
  return {
    id,
    title: `mapWithState, 10,000 of ${all} keys a batch`,
    group: 'Engine costs',
    about: `${BATCHES} batches of 10,000 updates of ${all} string keys, drawn evenly. Strings are new in each batch, as they come from a source.`,
    collections,
    async run(context) {
      const pair = (i: number): [string, number] => [`user-${i}`, 1];
      const filling = Array.from({ length: Math.ceil(known / 50_000) }, (_, b) =>
        Array.from({ length: Math.min(50_000, known) }, (_, i) => pair(b * 50_000 + i)),
      );
      const preload = () => filling;
      const drawn = (seed: number): Pairs => {
        const random = seededRandom(seed);
        return Array.from({ length: TOUCHED }, () => pair(Math.floor(random() * known)));
      };
      const batches = (run: number) => Array.from({ length: BATCHES }, (_, b) => drawn(run * BATCHES + b));
      const checkBatch = () => drawn(1e6);
      let totals = keyedTotals();
      const loop = () => {
        totals = keyedTotals();
        return (batch: Pairs) => {
          totals.update(batch);
          return [];
        };
      };
      const engines = backends(context.quick ? ['single'] : undefined);
      const contenders = [
        loopContender<Pairs>({ loop, preload, batches, checkBatch, all: () => totals.all() }),
        ...engineContenders({ job: JOB, delivery: 'ignore', preload, batches, checkBatch }, engines),
      ];
      const laps = await race(contenders, context, { bigHeap: known > 100_000 });
      const ratios: Record<string, Estimate> =
        known === 1_000_000 ? { 'state.map/engine': speedRatio(laps, 'single', 'loop') } : {};
      return { rows: batchTimeRows(this.id, laps, BATCHES), ratios };
    },
  };
}

/** Keyed state against a bare Map. */
export const stateSuites: readonly Suite[] = [
  stateSuite('state-small', 10_000, ['full']),
  stateSuite('state', 1_000_000, ['quick', 'full']),
];
