import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type ReceiverInfo, StreamingContext, seconds } from '@millrace/core';
import { collectOutputs, inlineBackend, ManualClock, runBatches } from '@millrace/core/testing';
import { type HttpOptions, httpStream } from '../../src/http/index.ts';

const started: StreamingContext[] = [];

/** For `afterEach`: stops what the test has started. */
export async function stopScenes(): Promise<void> {
  for (const ssc of started.splice(0)) await ssc.stop();
}

/** A job that collects what is posted to it, by a clock that the test moves. */
export async function httpScene<T = unknown>(
  options: Partial<HttpOptions<T>> = {},
  /** What the first output awaits in each batch. */
  gate: () => void | Promise<void> = () => {},
) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: (m) => void warnings.push(m) });
  const stream = httpStream<T>(ssc, { port: 0, ...options });
  stream.foreachRDD(gate);
  const outputs = collectOutputs(stream);
  const errors: ReceiverInfo[] = [];
  ssc.addStreamingListener({ onReceiverError: ({ receiverInfo }) => void errors.push(receiverInfo) });
  started.push(ssc);
  await ssc.start();
  const { url, port } = await stream.listening;
  const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    fetchText(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
  return {
    clock,
    ssc,
    stream,
    outputs,
    warnings,
    errors,
    url,
    port,
    post,
    batch: () => runBatches(ssc, clock, 1),
    records: () => outputs.flatMap((o) => o.records),
  };
}

/** An answer with its body read. */
export async function fetchText(url: string, init: RequestInit) {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: text === '' ? null : JSON.parse(text) };
}

/** The head of a request as it goes over the wire. */
export function head(...lines: readonly string[]): string {
  return `POST / HTTP/1.1\r\nHost: x\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
}

/** Everything that a peer sends until the connection is closed. */
export async function untilClosed(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {});
  if (!socket.closed) await once(socket, 'close');
  return text;
}
