import type { Row } from '@millrace/bench';
import type { CellBatch } from './cell.ts';

/** Keys that are shown. */
const MOST_SHOWN = 5;

/** The heavy keys of each shuffle of a batch, as its metrics tell of them: their share of the shuffle's records, as far as samples tell. */
export function heavyKeyRows(suite: string, contender: string, { tasks }: CellBatch): Row[] {
  return tasks.shuffles.flatMap(({ heavyKeys, moved, combined }, shuffle) => {
    const all = moved + combined;
    return heavyKeys.slice(0, MOST_SHOWN).map(({ key, records }): Row => {
      const value = (100 * records) / all;
      const of = shuffle === 0 ? '' : ` of shuffle ${shuffle + 1}`;
      return {
        suite,
        contender: `${contender}: ${String(key)}${of}`,
        metric: 'heavy keys, as the metrics of the batch tell',
        unit: '% of the records',
        better: 'neither',
        ...{ value, low: value, high: value, runs: 1 },
      };
    });
  });
}
