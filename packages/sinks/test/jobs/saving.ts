import { defineJob, seconds } from '@millrace/core';
import { saveAsJsonFiles, saveAsObjectFiles } from '../../src/files/index.ts';
import { httpSink } from '../../src/http/index.ts';

export interface SavingParams {
  readonly prefix: string;
  readonly url: string;
  /** Set by the worker that dies, so that it does so once. */
  readonly died: SharedArrayBuffer;
}

/** A job that saves and sends its batches from its workers, one of which dies while it saves. */
export default defineJob({ name: 'saving', batchInterval: seconds(1) }, (ssc, params: SavingParams) => {
  const died = new Int32Array(params.died);
  const numbers = ssc.queueStream<number>([[1, 2, 3, 4]], { numPartitions: 2 });
  const perishing = numbers.map((n) => ({
    n,
    toJSON() {
      // In the middle of the file: its first records may be on disk.
      if (n === 4 && Atomics.exchange(died, 0, 1) === 0) process.exit(7);
      return n;
    },
  }));
  saveAsJsonFiles(perishing, params.prefix, { suffix: 'json' });
  saveAsObjectFiles(numbers, params.prefix, { suffix: 'objects' });
  httpSink(numbers, { url: params.url, batchSize: 1 });
});
