import { defineJob, milliseconds } from '@millrace/core';
import { socketTextStream } from '@millrace/sources/sockets';

/** How many lines each batch has from a socket. The bounds are such that they hold nobody up at the rates of loopback. */
export default defineJob(
  { name: 'socket-count', batchInterval: milliseconds(50) },
  (ssc, { port }: { readonly port: number }) => {
    const limits = { maxBufferedRecords: 4_000_000, maxBufferedBytes: 2 ** 29 };
    return { counts: socketTextStream(ssc, { host: '127.0.0.1', port, ...limits }).count() };
  },
);
