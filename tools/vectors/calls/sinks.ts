import { outputFileName } from '../../../packages/sinks/src/files/index.ts';
import type { CallTable } from './table.ts';

/** Calls of the packages of sinks. */
export const sinkCalls: CallTable = {
  outputFileName: () => (prefix, suffix, timeMs) =>
    outputFileName(prefix as string | null, suffix as string | null, timeMs as number),
};
