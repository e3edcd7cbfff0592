import { defineBench } from '@millrace/bench';
import { windowRatios, windowSuite } from './src/window-suite.ts';

/** Millrace next to what people would use instead of it. */
export default defineBench({ title: 'Millrace and its peers', suites: [windowSuite], ratios: windowRatios });
