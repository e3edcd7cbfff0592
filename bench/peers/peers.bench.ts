import { defineBench } from '@millrace/bench';
import { kafkaCountSuite } from './src/kafka/suite.ts';
import { sparkRatios, sparkSuites } from './src/spark/suites.ts';
import { sparkLatencyRatios, sparkLatencySuites } from './src/spark-latency/index.ts';
import { windowRatios, windowSuite } from './src/window-suite.ts';

/** Millrace next to what people would use instead of it. */
export default defineBench({
  title: 'Millrace and its peers',
  suites: [windowSuite, kafkaCountSuite, ...sparkSuites, ...sparkLatencySuites],
  ratios: [...windowRatios, ...sparkRatios, ...sparkLatencyRatios],
});
