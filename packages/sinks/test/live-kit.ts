import http from 'node:http';
import { type ContextOptions, type DStream, milliseconds, StreamingContext } from '@millrace/core';
import { inlineBackend, ManualClock, runBatches, TestSource } from '@millrace/core/testing';
import { WebSocket } from 'ws';

/** Lets sockets have their turn until something holds; a test that waits in vain runs into its limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await breath();
}

/** Lets sockets have a few turns, to see that something does not happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 100; i++) await breath();
}

const breath = () => new Promise<void>((resolve) => setImmediate(resolve));

export const code = (expected: string) => ({
  asymmetricMatch: (e: unknown) => (e as { code?: string }).code === expected,
});

/** A job on a clock that stands still, with a stream of given batches. `log` counts what was computed and completed. */
export function jobOf<T>(batches: readonly (readonly T[])[], options: ContextOptions = {}) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const ssc = new StreamingContext(inlineBackend(), milliseconds(100), {
    clock,
    warn: (w) => warnings.push(w),
    ...options,
  });
  const log = { computed: 0, completed: 0 };
  const source = new TestSource(ssc, batches);
  const stream: DStream<T> = source.map((each: T) => {
    log.computed++;
    return each;
  });
  ssc.addStreamingListener({ onBatchCompleted: () => void log.completed++ });
  return { ssc, clock, warnings, log, source, stream, run: (n: number) => runBatches(ssc, clock, n) };
}

/** A client of a WebSocket, what it got, and how it ended. */
export class SocketClient {
  readonly got: unknown[] = [];
  /** 'open', a close code, or a status that it was refused with. */
  state: string | number = 'connecting';
  readonly socket: WebSocket;

  constructor(url: string, options: { headers?: Record<string, string>; autoPong?: boolean } = {}) {
    this.socket = new WebSocket(url, options);
    this.socket.on('open', () => {
      this.state = 'open';
    });
    this.socket.on('message', (data, isBinary) => {
      this.got.push(isBinary ? data : JSON.parse(String(data)));
    });
    this.socket.on('close', (closeCode) => {
      if (this.state === 'open') this.state = closeCode;
    });
    this.socket.on('unexpected-response', (_, response) => {
      this.state = response.statusCode as number;
      this.socket.terminate();
    });
    this.socket.on('error', () => {
      if (this.state === 'connecting') this.state = 'failed';
    });
  }

  async settled(): Promise<this> {
    await until(() => this.state !== 'connecting');
    return this;
  }
}

/** A client of server-sent events: the text that it got, cut at empty lines. */
export class EventClient {
  text = '';
  status = 0;
  ended = false;
  headers: http.IncomingHttpHeaders = {};
  response: http.IncomingMessage | null = null;
  readonly request: http.ClientRequest;

  constructor(url: string, options: http.RequestOptions = {}) {
    this.request = http.request(url, { agent: false, ...options }, (response) => {
      this.response = response;
      this.status = response.statusCode as number;
      this.headers = response.headers;
      response.setEncoding('utf8').on('data', (text) => {
        this.text += text;
      });
      response.on('close', () => {
        this.ended = true;
      });
      response.on('error', () => {});
    });
    this.request.on('error', () => {
      this.ended = true;
    });
    this.request.end();
  }

  async settled(): Promise<this> {
    await until(() => this.status !== 0 || this.ended);
    return this;
  }

  /** Events that came whole, without comments. */
  get events(): string[] {
    return this.#blocks.filter((each) => !each.startsWith(':'));
  }

  get comments(): number {
    return this.#blocks.length - this.events.length;
  }

  get #blocks(): string[] {
    return this.text.split('\n\n').slice(0, -1);
  }

  /** Their data, parsed. */
  get data(): unknown[] {
    return this.events.map((each) =>
      JSON.parse(
        each
          .split('\n')
          .filter((line) => line.startsWith('data: '))
          .map((line) => line.slice(6))
          .join('\n'),
      ),
    );
  }
}
