import { defineJob, milliseconds } from '@millrace/core';
import { httpSink } from '@millrace/sinks/http';
import { socketTextStream } from '@millrace/sources/sockets';

export interface ToHttpParams {
  readonly port: number;
  readonly url: string;
  readonly maxBufferedRecords?: number;
  /** Keeps state as well, so that a failed batch stops the job unless it is told otherwise. */
  readonly stateful?: boolean;
}

/** Lines from a socket, sent on by HTTP. */
export default defineJob({ name: 'to-http', batchInterval: milliseconds(100) }, (ssc, params: ToHttpParams) => {
  const { port, url, maxBufferedRecords, stateful = false } = params;
  const lines = socketTextStream(ssc, {
    host: '127.0.0.1',
    port,
    restartDelay: milliseconds(100),
    ...(maxBufferedRecords === undefined ? {} : { maxBufferedRecords }),
  });
  // One request for each batch, however many blocks it came in.
  const whole = lines.transform((rdd) => rdd.coalesce(1));
  httpSink(whole, { url, name: 'on', batchSize: 100_000, maxBatchBytes: 2 ** 26, retries: 1 });
  if (stateful) {
    const seen = lines
      .map((line) => [line, 1])
      .updateStateByKey((ones: number[], n: number | null) => (n ?? 0) + ones.length);
    seen.foreachRDD(() => {});
  }
});
