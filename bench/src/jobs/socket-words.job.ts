import { defineJob, milliseconds } from '@millrace/core';
import { socketTextStream } from '@millrace/sources/sockets';

/** The words of lines that come through a socket. */
export default defineJob(
  { name: 'socket-words', batchInterval: milliseconds(20) },
  (ssc, { host, port }: { readonly host: string; readonly port: number }) => {
    const output = socketTextStream(ssc, { host, port })
      .flatMap((line) => line.split(' '))
      .map((word) => [word, 1])
      .reduceByKey((a, b) => a + b);
    return { output };
  },
);
