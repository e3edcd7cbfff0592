import type { RatioDefinition, Suite } from '@millrace/bench';
import { gridSuites } from './grid.ts';
import { inputSuites } from './inputs.ts';
import { movingSuite } from './moving.ts';
import { planningSuite } from './planning.ts';
import { simulatedSuite } from './simulated.ts';
import { uniformSuite } from './uniform.ts';

/** Heavy keys: how even the work is, what splitting is worth, and what it costs where no key is heavy. */
export const skewSuites: readonly Suite[] = [
  ...gridSuites,
  ...inputSuites,
  movingSuite,
  simulatedSuite,
  uniformSuite,
  planningSuite,
];

/** What is promised of them. */
export const skewRatios: readonly RatioDefinition[] = [
  {
    id: 'skew.groupByKey.max/mean',
    title: 'groupByKey of keys by Zipf, s = 1.5, 8 partitions: records of the largest task over the mean one',
    suite: 'skew-groupByKey',
    direction: 'at most',
    bound: 1.1,
  },
  {
    id: 'skew.join.max/mean',
    title: 'join of keys by Zipf, s = 1.2, 8 partitions: records of the largest task over the mean one',
    suite: 'skew-join',
    direction: 'at most',
    bound: 1.15,
  },
  {
    // The most frequent key has 8 % of the records, less than a partition's even share: it is no bound of its own.
    id: 'skew.mapWithState.max/mean',
    title:
      'mapWithState of 100,000 keys by Zipf, s = 1, 8 partitions, after 10 batches: records of the largest partition over the mean one',
    suite: 'skew-mapWithState',
    direction: 'at most',
    bound: 1.15,
  },
  {
    id: 'skew.hash/auto',
    title:
      'A stream joined with one row a key, s = 1.5, 1 µs of work a pair: simulated time on 8 slots without splitting over that with it',
    suite: 'skew-simulated',
    direction: 'at least',
    bound: 2.5,
  },
  {
    id: 'skew.auto/hash.uniform',
    title: 'Even keys: time of a batch that looks for heavy ones over one that does not, the worst operator',
    suite: 'skew-uniform',
    direction: 'at most',
    bound: 1.03,
  },
  {
    id: 'skew.planning',
    title:
      '500,000 records, 100,000 keys: percent of the batch in which the driver plans, the worst of s and operators',
    suite: 'skew-planning',
    direction: 'at most',
    bound: 2,
  },
];
