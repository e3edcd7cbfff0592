import { isNewFile } from '../../../packages/sources/src/files/index.ts';
import type { CallTable } from './table.ts';

/** Rules of file streams. */
export const fileCalls: CallTable = {
  'fileStream.isNewFile':
    ({ params }) =>
    (name, modTimeMs, batchTimeMs, initialThresholdMs, alreadySelected) =>
      isNewFile({
        name: name as string,
        modTimeMs: modTimeMs as number,
        batchTimeMs: batchTimeMs as number,
        initialThresholdMs: initialThresholdMs as number,
        rememberMs: params['durationToRememberMs'] as number,
        alreadySelected: alreadySelected as boolean,
      }),
};
