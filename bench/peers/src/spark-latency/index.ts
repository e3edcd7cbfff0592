import type { RatioDefinition, Suite } from '@millrace/bench';
import { latencyRatio, latencySuite } from './latency-suite.ts';
import { smallestBatchRatio, smallestBatchSuite } from './smallest-batch-suite.ts';

/** Short intervals, next to Spark Streaming. */
export const sparkLatencySuites: readonly Suite[] = [smallestBatchSuite, latencySuite];

/** What is promised of them. */
export const sparkLatencyRatios: readonly RatioDefinition[] = [smallestBatchRatio, latencyRatio];
