import { defineBench } from '@millrace/bench';
import { sparkLatencyRatios, sparkLatencySuites } from './src/spark-latency/index.ts';
import { windowRatios, windowSuite } from './src/window-suite.ts';

/** Millrace next to what people would use instead of it. */
export default defineBench({
  title: 'Millrace and its peers',
  suites: [windowSuite, ...sparkLatencySuites],
  ratios: [...windowRatios, ...sparkLatencyRatios],
});
