import { batchTimeRows, type Estimate, race, type Suite, speedRatio } from '@millrace/bench';
import { backends } from '../contenders.ts';
import { keyedTotalsContenders } from './keyed-totals.ts';

const BATCHES = 10;

function stateSuite(id: string, known: number, collections: readonly string[]): Suite {
  const all = known.toLocaleString('en');
  return {
    id,
    title: `mapWithState, 10,000 of ${all} keys a batch`,
    group: 'Engine costs',
    about: `${BATCHES} batches of 10,000 updates of ${all} string keys, drawn evenly. Strings are new in each batch, as they come from a source.`,
    collections,
    async run(context) {
      const contenders = keyedTotalsContenders(known, BATCHES, backends(context.quick ? ['single'] : undefined));
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
