import { type Backends, type Contender, engineContenders, loopContender, seededRandom } from '@millrace/bench';
import { keyedTotals } from '../floors/keyed-totals.ts';

const JOB = new URL('../jobs/keyed-totals.job.ts', import.meta.url);
/** Updates of a batch. */
export const TOUCHED = 10_000;
/** Updates of a batch that fills the state. */
const FILLED = 50_000;

type Pairs = [string, number][];

/** A total for each of `known` keys, of which batches update some that are drawn evenly: the engine's keyed state and a bare Map. */
export function keyedTotalsContenders(known: number, batchesOfRun: number, engines: Backends): Contender[] {
  const pair = (i: number): [string, number] => [`user-${i}`, 1];
  const filling = Array.from({ length: Math.ceil(known / FILLED) }, (_, b) =>
    Array.from({ length: Math.min(FILLED, known) }, (_, i) => pair(b * FILLED + i)),
  );
  const preload = () => filling;
  const drawn = (seed: number): Pairs => {
    const random = seededRandom(seed);
    return Array.from({ length: TOUCHED }, () => pair(Math.floor(random() * known)));
  };
  const batches = (run: number) => Array.from({ length: batchesOfRun }, (_, b) => drawn(run * batchesOfRun + b));
  const checkBatch = () => drawn(1e6);
  let totals = keyedTotals();
  const loop = () => {
    totals = keyedTotals();
    return (batch: Pairs) => {
      totals.update(batch);
      return [];
    };
  };
  return [
    loopContender<Pairs>({ loop, preload, batches, checkBatch, all: () => totals.all() }),
    ...engineContenders({ job: JOB, delivery: 'ignore', preload, batches, checkBatch }, engines),
  ];
}
