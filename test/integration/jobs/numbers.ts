import { defineJob, milliseconds } from '@millrace/core';
import { lines, socketServerStream, socketStream } from '@millrace/sources/sockets';
import { show } from './show.ts';

export interface NumbersParams {
  /** Connects to this port of this machine … */
  readonly connect?: number;
  /** … or listens on this one, and acknowledges what is safe. */
  readonly listen?: number;
  readonly runOn?: 'driver' | 'worker';
  readonly idleTimeoutMs?: number;
  readonly restartDelayMs?: number;
  /** Prints how many there were and their sum, instead of all. */
  readonly summary?: boolean;
}

/** A number of a line. The line `die` ends the thread that reads it. */
function decode(line: Buffer): number {
  const text = line.toString();
  if (text === 'die') process.exit(9);
  return Number(text);
}

/** Numbers from a socket, decoded where the receiver runs. */
export default defineJob({ name: 'numbers', batchInterval: milliseconds(100) }, (ssc, params: NumbersParams) => {
  const { connect, listen, runOn = 'driver', idleTimeoutMs, restartDelayMs, summary = false } = params;
  const numbers =
    connect === undefined
      ? socketServerStream(ssc, { port: listen ?? 0, decode, runOn, ack: true })
      : socketStream(ssc, {
          host: '127.0.0.1',
          port: connect,
          framing: lines(),
          decode,
          runOn,
          ...(idleTimeoutMs === undefined ? {} : { idleTimeout: milliseconds(idleTimeoutMs) }),
          ...(restartDelayMs === undefined ? {} : { restartDelay: milliseconds(restartDelayMs) }),
        });
  // A step that tasks take, so that all numbers pass the backend.
  show(
    numbers.map((n) => n * 1),
    summary,
  );
});
