import { cost, defineBench, latency, throughput, underLatency } from '@millrace/bench';
import { ratios } from './src/ratios.ts';
import { suites } from './src/suites/index.ts';
import { dstreamsWorkloads } from './src/workloads/dstreams.ts';
import { hotKeyWorkloads } from './src/workloads/moving-hot-key.ts';
import { shufflebenchWorkloads } from './src/workloads/shufflebench.ts';
import { socketWordsWorkload } from './src/workloads/socket-words.ts';
import { wordsWorkload } from './src/workloads/words.ts';
import { ysbWorkloads } from './src/workloads/ysb.ts';

/** What Millrace measures of itself. */
export default defineBench({
  title: 'Millrace bench',
  workloads: [
    ...dstreamsWorkloads,
    wordsWorkload,
    socketWordsWorkload,
    ...ysbWorkloads,
    ...shufflebenchWorkloads,
    ...hotKeyWorkloads,
  ],
  measure: [throughput(), latency({ rate: 100_000, intervalMs: 20 }), underLatency([1000, 100, 20]), cost()],
  suites,
  ratios,
});
