import { defineJob, milliseconds } from '@millrace/core';
import { rateStream } from '../../src/rate/index.ts';
import { lines as framedLines, socketServerStream, socketStream, socketTextStream } from '../../src/sockets/index.ts';

export interface SocketParams {
  /** A server of the test, which sends lines. */
  readonly port: number;
  readonly runOn: 'driver' | 'worker';
}

export default defineJob(
  { name: 'socket-lines', batchInterval: milliseconds(20) },
  (ssc, { port, runOn }: SocketParams) => {
    const host = '127.0.0.1';
    return {
      lines: socketTextStream(ssc, { host, port, runOn, name: 'lines' }),
      parsed: socketStream(ssc, {
        host,
        port,
        runOn,
        name: 'parsed',
        framing: framedLines(),
        decode: (line) => ({ text: line.toString(), bytes: line.length }),
      }),
      server: socketServerStream(ssc, { port: 0, runOn, name: 'server' }),
      made: rateStream(ssc, {
        recordsPerSecond: 500,
        maxRecords: 100,
        record: (i, random) => [i, random()],
        name: 'made',
      }),
    };
  },
);
