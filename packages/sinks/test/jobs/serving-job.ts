import { defineJob, seconds } from '@millrace/core';
import { TestSource } from '@millrace/core/testing';
import { toServerSentEvents } from '@millrace/sinks/server-sent-events';
import { toWebSocketServer } from '@millrace/sinks/web-socket';

/** A job that listens by itself: workers build it as well, and must not. */
export default defineJob({ name: 'serving', batchInterval: seconds(1) }, (ssc, { port }: { port: number }) => {
  const squares = new TestSource(ssc, [[1, 2, 3]]).map((n: number) => n * n);
  const events = toServerSentEvents(squares, { port, path: '/squares', replayLast: true });
  const sockets = toWebSocketServer(squares, { port: 0, replayLast: true });
  return { squares, events, sockets };
});
