import { threadId } from 'node:worker_threads';
import { defineJob, seconds } from '@millrace/core';
import { httpStream } from '../../src/http/index.ts';
import { webSocketStream } from '../../src/web-socket/index.ts';

export interface NetworkParams {
  /** Where messages come from. */
  readonly feed: string;
  readonly maxBufferedRecords: number;
}

/** Records that came over the network, each with the thread that received it. */
export interface Received {
  readonly value: unknown;
  readonly thread: number;
}

export default defineJob({ name: 'network', batchInterval: seconds(1) }, (ssc, params: NetworkParams) => {
  const { maxBufferedRecords } = params;
  const posted = httpStream<Received>(ssc, {
    port: 0,
    name: 'posted',
    runOn: 'worker',
    maxBufferedRecords,
    auth: ({ headers }) => headers['x-thread'] !== String(threadId),
    parse: (body) =>
      (JSON.parse(Buffer.from(body).toString()) as unknown[]).map((value) => ({ value, thread: threadId })),
  });
  const sent = webSocketStream<Received>(ssc, {
    url: params.feed,
    name: 'sent',
    runOn: 'worker',
    maxBufferedRecords,
    decode: (message) => ({ value: JSON.parse(String(message)) as unknown, thread: threadId }),
  });
  return { posted, sent };
});
