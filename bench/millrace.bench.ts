import { defineBench } from '@millrace/bench';
import { ratios } from './src/ratios.ts';
import { suites } from './src/suites/index.ts';

/** What Millrace measures of itself. */
export default defineBench({ title: 'Millrace bench', suites, ratios });
