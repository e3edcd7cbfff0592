import { parentPort } from 'node:worker_threads';
import { toErrorData } from '../errors/index.ts';
import { mergeDeltas } from './merge-deltas.ts';

/* The thread that puts deltas of state together, so that the driver's does not have to. */

parentPort?.on('message', ({ deltas, operator }: { deltas: readonly Uint8Array[]; operator: string }) => {
  try {
    const merged = mergeDeltas(deltas, operator);
    parentPort?.postMessage({ merged }, [merged.buffer as ArrayBuffer]);
  } catch (e) {
    parentPort?.postMessage({ failed: toErrorData(e) });
  }
});
