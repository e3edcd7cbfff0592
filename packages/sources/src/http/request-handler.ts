import type { IncomingMessage, ServerResponse } from 'node:http';
import { isMillraceError } from '@millrace/core';
import { describe, error, sameToken } from '@millrace/core/connector';
import { formatOf, type Portion, readRecords, recordsOf } from './body-format.ts';
import { BytesInFlight, type Lease } from './bytes-in-flight.ts';
import { Decompressor, encodingOf } from './decompress.ts';
import type { HttpSettings } from './http-options.ts';
import { announcedLength, discardBody, readBody } from './read-body.ts';
import { badBody, noRoom, Refusal, SENDER_GONE, stopping } from './refusal.ts';
import { type Store, StoreQueue } from './store-queue.ts';

/** What a handler needs of its receiver. */
export interface Intake extends Store {
  readonly hasRoom: boolean;
  readonly roomInMs: number;
  countRefused(records: number): void;
  reportError(message: string, cause: unknown): void;
}

/**
 * Answers requests, each in the same steps: path, method, sender, kind of body, room, body, records, store. The first that
 * fails is the answer, and nothing of the request is taken then.
 */
export class RequestHandler<T> {
  readonly #settings: HttpSettings<T>;
  readonly #intake: Intake;
  readonly #inFlight: BytesInFlight;
  readonly #decompressor = new Decompressor();
  readonly #queue: StoreQueue;
  readonly #stop = new AbortController();
  /** Requests that have no answer yet. */
  #open = 0;
  #idle: PromiseWithResolvers<void> | null = null;

  constructor(settings: HttpSettings<T>, intake: Intake) {
    this.#settings = settings;
    this.#intake = intake;
    this.#inFlight = new BytesInFlight(settings.maxBytesInFlight);
    this.#queue = new StoreQueue(intake);
  }

  /** Answers a request. Never rejects. @param expectsContinue whether the sender waits to be told to send the body */
  async handle(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): Promise<void> {
    this.#open++;
    response.once('close', () => {
      this.#open--;
      if (this.#open === 0) this.#idle?.resolve();
    });
    // A sender that goes away is not an error of ours.
    response.on('error', () => {});
    const lease = this.#inFlight.lease();
    try {
      const accepted = await this.#receive(request, lease, () => {
        if (expectsContinue) response.writeContinue();
      });
      this.#answer(response, 202, { accepted });
    } catch (e) {
      if (e === SENDER_GONE) return;
      const refusal = e instanceof Refusal ? e : this.#refusalOf(e);
      if (refusal.records > 0) this.#intake.countRefused(refusal.records);
      // Who was not told to send the body may send it or not: nobody could find the next request.
      if (expectsContinue && !request.complete) response.setHeader('connection', 'close');
      this.#answer(response, refusal.status, { error: refusal.reason }, refusal.headers);
      discardBody(request, this.#settings.maxBodyBytes);
    } finally {
      lease.release();
    }
  }

  /** Refuses what has not arrived completely, finishes the rest; resolves when every request has its answer. */
  async stop(): Promise<void> {
    this.#stop.abort();
    if (this.#open === 0) return;
    this.#idle ??= Promise.withResolvers<void>();
    await this.#idle.promise;
  }

  /** @returns how many records were stored */
  async #receive(request: IncomingMessage, lease: Lease, goOn: () => void): Promise<number> {
    const { path, format, parse, maxBodyBytes } = this.#settings;
    if (pathOf(request) !== path) throw new Refusal(404, 'nothing is here');
    if (request.method !== 'POST') throw new Refusal(405, 'records are posted', { allow: 'POST' });
    await this.#authenticate(request);
    const { headers } = request;
    const kind = parse !== null ? null : format === 'auto' ? formatOf(headers['content-type']) : format;
    const encoding = encodingOf(headers['content-encoding']);
    announcedLength(request, maxBodyBytes);
    if (this.#stop.signal.aborted && !request.complete) throw stopping();
    this.#refuseUnlessRoom(1);
    goOn();
    let body = await readBody(request, { maxBytes: maxBodyBytes, lease, stop: this.#stop.signal });
    if (encoding !== null) {
      body = await this.#decompressor.unpack(body, encoding, maxBodyBytes);
      lease.release();
      if (!lease.take(body.length)) throw noRoom(this.#intake.roomInMs);
    }
    const portion = kind === null ? this.#parsed(body, request) : readRecords(body, kind);
    const records = recordsOf(portion);
    if (records === 0) return 0;
    // Requests that were let in together must not fill the buffer far beyond its bound.
    this.#refuseUnlessRoom(records);
    await this.#queue.put(portion);
    return records;
  }

  #refuseUnlessRoom(records: number): void {
    // A job that ends takes what has arrived, whatever the rate.
    if (!this.#intake.hasRoom && !this.#stop.signal.aborted) throw noRoom(this.#intake.roomInMs, records);
  }

  async #authenticate(request: IncomingMessage): Promise<void> {
    const { auth } = this.#settings;
    if (auth === null) return;
    if (typeof auth === 'function') {
      if ((await auth(request)) !== true) throw new Refusal(403, 'this sender may not send');
      return;
    }
    const [, token] = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
    if (token === undefined) throw new Refusal(401, 'a bearer token is needed', { 'www-authenticate': 'Bearer' });
    if (!sameToken(token, auth.token)) {
      throw new Refusal(401, 'the bearer token is wrong', { 'www-authenticate': 'Bearer error="invalid_token"' });
    }
  }

  #parsed(body: Uint8Array, request: IncomingMessage): Portion {
    let records: unknown;
    try {
      records = this.#settings.parse?.(body, request);
      if (isIterable(records)) return { kind: 'records', records: [...records], bytes: body.length };
    } catch (e) {
      throw badBody(e instanceof Error ? e.message : String(e));
    }
    throw error('MR_NOT_ITERABLE', { operator: 'httpStream: parse', found: describe(records) });
  }

  /** What is no fault of the sender: listeners hear of it, the sender gets no details. */
  #refusalOf(e: unknown): Refusal {
    if (isMillraceError(e, 'MR_RECEIVER_FULL')) return noRoom(this.#intake.roomInMs);
    if (isMillraceError(e, 'MR_RECEIVER_STATE')) return stopping();
    this.#intake.reportError('A request could not be answered', e);
    return new Refusal(500, 'the receiver failed');
  }

  #answer(
    response: ServerResponse,
    status: number,
    body: object,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    if (this.#stop.signal.aborted) response.setHeader('connection', 'close');
    const text = `${JSON.stringify(body)}\n`;
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...headers,
    });
    response.end(text);
  }
}

/** The path of a request, whether it names the host as well (as proxies are asked) or not. */
function pathOf({ url = '' }: IncomingMessage): string {
  return url.replace(/^https?:\/\/[^/]*/i, '').replace(/[?#].*$/s, '');
}

/** Text can be iterated, too, but is never meant. */
function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}
