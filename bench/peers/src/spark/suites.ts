import type { RatioDefinition, Suite } from '@millrace/bench';
import { sparkStateRatios, sparkStateSuite } from './state-suite.ts';
import { sparkTopWordsRatios, sparkTopWordsSuite } from './top-words-suite.ts';
import { sparkWordCountRatios, sparkWordCountSuite } from './word-count-suite.ts';

/** Millrace next to Spark, in the order of the report. */
export const sparkSuites: readonly Suite[] = [sparkWordCountSuite, sparkTopWordsSuite, sparkStateSuite];

/** What Millrace must reach there. */
export const sparkRatios: readonly RatioDefinition[] = [
  ...sparkWordCountRatios,
  ...sparkTopWordsRatios,
  ...sparkStateRatios,
];
