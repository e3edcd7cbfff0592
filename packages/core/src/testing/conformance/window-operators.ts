import { seconds } from '../../api/time.ts';
import { average, count, distinct } from '../../data/aggregates/index.ts';
import type { Operators } from './operators.ts';

const plus = (a: number, b: number) => a + b;
const minus = (a: number, b: number) => a - b;

/** Windows; 3 s long, sliding by 1 s or 2 s. */
export const windowOperators: Operators = {
  window: ({ pairs }) => pairs.window(seconds(3)),
  'window, slide': ({ pairs }) => pairs.window(seconds(3), seconds(2)),
  'window of a window': ({ pairs }) => pairs.window(seconds(2)).count().window(seconds(3)),
  reduceByWindow: ({ pairs }) => pairs.map(([, v]) => v).reduceByWindow(plus, seconds(3)),
  'reduceByWindow, inverse': ({ pairs }) =>
    pairs.map(([, v]) => v).reduceByWindow(plus, seconds(3), seconds(1), { inverse: minus }),
  countByWindow: ({ pairs }) => pairs.countByWindow(seconds(3), seconds(2)),
  countByValueAndWindow: ({ pairs }) => pairs.map(([k]) => k).countByValueAndWindow(seconds(3)),
  groupByKeyAndWindow: ({ pairs }) => pairs.groupByKeyAndWindow(seconds(3)),
  reduceByKeyAndWindow: ({ pairs }) => pairs.reduceByKeyAndWindow(plus, seconds(3)),
  'reduceByKeyAndWindow, inverse': ({ pairs }) =>
    pairs.reduceByKeyAndWindow(plus, seconds(3), seconds(1), { inverse: minus }),
  'reduceByKeyAndWindow, inverse and slide': ({ pairs }) =>
    pairs.reduceByKeyAndWindow(plus, seconds(4), seconds(2), { inverse: minus, numPartitions: 2 }),
  'reduceByKeyAndWindow, inverse and filter': ({ pairs }) =>
    pairs
      .mapValues(() => 1)
      .reduceByKeyAndWindow(plus, seconds(2), seconds(1), { inverse: minus, filter: ([, n]) => n > 0 }),
  'aggregateByKeyAndWindow, subtracted': ({ pairs }) => pairs.aggregateByKeyAndWindow(count(), seconds(3)),
  'aggregateByKeyAndWindow, distinct': ({ pairs }) => pairs.aggregateByKeyAndWindow(distinct<number>(), seconds(3)),
  'aggregateByKeyAndWindow, merged': ({ pairs }) =>
    pairs.aggregateByKeyAndWindow({ ...average(), subtract: undefined }, seconds(3), seconds(2)),
  'aggregateByKeyAndWindow, recomputed': ({ pairs }) =>
    pairs.aggregateByKeyAndWindow({ ...average(), merge: undefined, subtract: undefined }, seconds(3)),
};
