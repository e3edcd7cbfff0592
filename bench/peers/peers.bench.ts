import { defineBench } from '@millrace/bench';
import { sparkRatios, sparkSuites } from './src/spark/suites.ts';
import { sparkLatencyRatios, sparkLatencySuites } from './src/spark-latency/index.ts';
import { windowRatios, windowSuite } from './src/window-suite.ts';

/** Millrace next to what people would use instead of it. */
export default defineBench({
  title: 'Millrace and its peers',
  suites: [windowSuite, ...sparkSuites, ...sparkLatencySuites],
  ratios: [...windowRatios, ...sparkRatios, ...sparkLatencyRatios],
});
