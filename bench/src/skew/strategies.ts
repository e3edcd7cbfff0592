import type { SkewedOperator, Strategy } from '../jobs/skewed.job.ts';

/** What each operator can do about heavy keys, in the order of the reports. */
export const STRATEGIES: Readonly<Record<SkewedOperator, readonly Strategy[]>> = {
  reduceByKey: ['auto', 'combine', 'hash', 'salted'],
  countByValue: ['auto', 'combine', 'hash'],
  groupByKey: ['auto', 'hash'],
  join: ['auto', 'hash', 'broadcast'],
  cogroup: ['auto', 'hash'],
  mapWithState: ['auto', 'hash'],
};

/** All operators, in the order of the reports. */
export const OPERATORS = Object.keys(STRATEGIES) as readonly SkewedOperator[];
