import { defineJob, seconds } from '@millrace/core';
import { socketTextStream } from '@millrace/sources/sockets';

/** Where the lines come from. */
export interface Source {
  readonly host?: string;
  readonly port?: number;
}

/** Counts the words of the lines that a server sends, second by second. */
export default defineJob({ name: 'network-word-count', batchInterval: seconds(1) }, (ssc, source: Source) => {
  const { host = 'localhost', port = 9999 } = source;
  const lines = socketTextStream(ssc, { host, port });
  const words = lines.flatMap((line) => line.split(' ')).filter((word) => word !== '');
  const counts = words.map((word) => [word, 1]).reduceByKey((a, b) => a + b);
  counts.print();
  return { counts };
});
