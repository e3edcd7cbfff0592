export { type ApproximateDistinctOptions, approximateDistinct, type HyperLogLog } from './approximate-distinct.ts';
export { distinct, type Occurrences } from './distinct.ts';
export { type MinMax, minMax } from './min-max.ts';
export { average, count, type SumAndCount, sum } from './numbers.ts';
export { type TopKOptions, topK } from './top-k.ts';
