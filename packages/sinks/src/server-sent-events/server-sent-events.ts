import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DStream } from '@millrace/core';
import { refusal } from '../serving/admit.ts';
import { refuse } from '../serving/listener.ts';
import { message, type Wire } from '../serving/outbox.ts';
import { type LiveServer, type Protocol, serve } from '../serving/serve.ts';
import { type ServeOptions, type ServeUnit, serveSettings } from '../serving/serve-options.ts';

/** Options of `toServerSentEvents`. */
export type ServerSentEventsOptions<T> = ServeOptions &
  ServeUnit<T, string> & {
    /** Batches that are kept for clients that come back with `Last-Event-ID`; 16 unless given, 0 for none. */
    readonly history?: number;
  };

const HISTORY = 16;

/**
 * Sends a stream's batches to all clients as server-sent events: what `EventSource` of browsers reads, and `curl`.
 *
 * The server listens when `start()` of the context has resolved and closes when it has stopped, after what was on its way
 * to the clients. The data of an event is JSON of `{ time, records }`, one for each batch; with `unit: 'record'` one for each record. The id is the batch
 * time, on the last event of each batch.
 *
 * Delivery: each client gets the batches that end while it is connected, in order. One that comes back says the last id that it has, as browsers do, and gets what it has
 * missed, as far as `history` goes back; with `unit: 'record'` records of a batch that was cut off come again. If more was missed, it gets
 * an event `gap` with the batch times `{ after, upTo }` between which there are batches that it will not see. What waits for a client is
 * bounded by `maxBufferedBytes`, beyond what the history keeps anyway. When it is slow the oldest messages are thrown away and
 * `dropped` counts; or the batch waits, and the job with it, for as long as something goes out; or the client is disconnected.
 *
 * It binds to 127.0.0.1 unless told otherwise. Tokens are asked for as `Authorization: Bearer` or, for pages, as
 * `?access_token=`. Pages of other origins have to be named in `origins` (CORS). Comments keep connections alive.
 *
 * The server is on the driver. With a job module attach it after `loadJob`, so that it is no part of what workers build.
 *
 * @throws MR_OPTION, MR_DURATION, MR_UNSAFE_LISTEN; at start MR_LISTEN for a port that cannot be had
 * @example
 * ```ts
 * const live = toServerSentEvents(counts, { port: 0, path: '/counts', replayLast: true, name: 'live' });
 * await ssc.start();
 * const { url } = await live.listening;
 * console.log(`curl -N ${url}`);
 * ```
 */
export function toServerSentEvents<T>(stream: DStream<T>, options: ServerSentEventsOptions<T>): LiveServer {
  const settings = serveSettings<T, string>('toServerSentEvents', options, ['history'], options?.history ?? HISTORY);
  return serve(stream, settings, serverSentEvents);
}

const serverSentEvents: Protocol = {
  scheme: 'http',
  frame(content, time, last) {
    if (typeof content !== 'string') {
      throw new TypeError(`serialize returned ${content === null ? 'null' : typeof content}, not a text`);
    }
    return event(content, last ? `id: ${time}\n` : '');
  },
  routes(gate) {
    return {
      async request(request, response, url) {
        const { origins } = gate.settings;
        const cors = corsHeaders(
          request,
          origins !== '*' && origins.includes(request.headers.origin ?? ''),
          origins === '*',
        );
        if (request.method === 'OPTIONS' && cors !== null) {
          refuse(response, 204, { ...cors, 'access-control-allow-headers': 'authorization, last-event-id' });
          return;
        }
        const status = await refusal(request, url, gate);
        if (status !== null) {
          refuse(response, status, { ...cors, ...(status === 405 ? { allow: 'GET' } : {}) });
          return;
        }
        if (response.destroyed || response.closed) return;
        response.writeHead(200, {
          'content-type': 'text/event-stream',
          'cache-control': 'no-store',
          // For proxies that collect answers before they pass them on.
          'x-accel-buffering': 'no',
          ...cors,
        });
        response.write(':\n\n');
        const { left } = gate.audience.join(new EventWire(response), lastEventId(request), (after, upTo) =>
          message(event(JSON.stringify({ after, upTo }), 'event: gap\n')),
        );
        response.on('close', left);
      },
    };
  },
};

function event(content: string, fields: string): string {
  const lines = content.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `${fields}${lines.join('')}\n`;
}

/** Lets pages of the origins that are named read the answer; with cookies only if they are named one by one. */
function corsHeaders({ headers }: IncomingMessage, named: boolean, any: boolean): Record<string, string> | null {
  if (headers.origin === undefined || !(named || any)) return null;
  return named
    ? { 'access-control-allow-origin': headers.origin, 'access-control-allow-credentials': 'true', vary: 'origin' }
    : { 'access-control-allow-origin': '*' };
}

function lastEventId(request: IncomingMessage): number | null {
  const id = request.headers['last-event-id'];
  return typeof id === 'string' && /^\d{1,16}$/.test(id) ? Number(id) : null;
}

/** A client's answer, which does not end. */
class EventWire implements Wire {
  readonly #response: ServerResponse;
  #heard = true;

  constructor(response: ServerResponse) {
    this.#response = response;
    // `close` follows.
    response.on('error', () => response.destroy());
  }

  send(data: string | Uint8Array, sent: () => void): void {
    this.#response.write(data, () => sent());
  }

  ping(): void {
    this.#heard = false;
    this.#response.write(':\n\n', () => {
      this.#heard = true;
    });
  }

  heard(): boolean {
    return this.#heard;
  }

  end(): void {
    this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }
}
