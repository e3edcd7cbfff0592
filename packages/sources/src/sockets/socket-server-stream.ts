import { ReceiverInputDStream, type StreamingContext } from '@millrace/core';
import { error } from '@millrace/core/connector';
import { frameInlet } from './connection/frame-inlet.ts';
import type { MakeInlet } from './connection/inlet.ts';
import { textInlet } from './connection/text-inlet.ts';
import { checkedDecode, type DecodeOptions } from './decode-options.ts';
import type { Framing } from './framing/framing.ts';
import { checkedLines, type LineOptions, lines } from './framing/lines.ts';
import { checkedEncoding } from './framing/text-encoding.ts';
import { checkedServer, type ListenOptions } from './server-options.ts';
import { SocketServerReceiver } from './server-receiver.ts';
import { checkedFraming, receiverOptions } from './socket-streams.ts';

/** Options of `socketServerStream` for lines of text. */
export interface SocketServerTextOptions extends ListenOptions, LineOptions {
  /** `'utf8'` unless given; see `socketTextStream`. */
  readonly encoding?: string;
}

/** Options of `socketServerStream` for records of another kind. */
export type SocketServerOptions<T> = ListenOptions &
  DecodeOptions<T> &
  LineOptions & {
    /** How the bytes of each connection are cut into frames; lines unless given, bounded by `maxLineBytes`. */
    readonly framing?: Framing;
  };

/** Where a source listens. */
export interface ListenAddress {
  readonly address: string;
  readonly port: number;
}

/**
 * Records from whoever connects to a port of this program: lines of text or, with `decode`, anything in any framing. The records
 * of one connection stay in order. For lines, slow jobs and what becomes of a line that is not complete see `socketTextStream`.
 *
 * **Bounds.** Of each connection one record that is not complete is held, up to `maxLineBytes`, and what Node has read ahead of it
 * (about 128 KB); there are `maxConnections` at most. While there is no room no connection is read.
 *
 * **Who may send.** It listens on 127.0.0.1 unless told otherwise; elsewhere it asks for `auth` or `insecure: true`.
 *
 * **Acknowledgements.** With `ack: true` each sender is told how many of its lines are safe. With one that sends again what was not
 * acknowledged before the connection broke, every line is processed at least once.
 *
 * @throws MR_OPTION, MR_DURATION, MR_UNSAFE_LISTEN; at start MR_LISTEN, when the port is taken for example
 * @example
 * ```ts
 * const received = socketServerStream(ssc, { port: 0 });
 * received.listening.then(({ port }) => console.log(`send lines to port ${port}`));
 * received.count().print();
 * ```
 * @example JSON lines of known senders, from anywhere
 * ```ts
 * const readings = socketServerStream(ssc, {
 *   host: '0.0.0.0',
 *   port: 0, // or one that the senders know
 *   auth: { token: process.env['SENSOR_TOKEN'] ?? 'for tests' },
 *   decode: (line) => JSON.parse(line.toString()) as { sensor: string; value: number },
 *   onBadRecord: 'drop',
 * });
 * ```
 */
export function socketServerStream<T>(
  ssc: StreamingContext,
  options: SocketServerOptions<T>,
): SocketServerInputDStream<T>;
export function socketServerStream(
  ssc: StreamingContext,
  options: SocketServerTextOptions,
): SocketServerInputDStream<string>;
export function socketServerStream(
  ssc: StreamingContext,
  options: SocketServerTextOptions | SocketServerOptions<unknown>,
): SocketServerInputDStream<unknown> {
  const owner = 'socketServerStream';
  const settings = checkedServer(owner, options);
  const makeInlet = inletOf(owner, options);
  return new SocketServerInputDStream<unknown>(
    ssc,
    () => new SocketServerReceiver(settings, makeInlet),
    receiverOptions(options),
  );
}

/** The stream that `socketServerStream` makes. */
export class SocketServerInputDStream<T> extends ReceiverInputDStream<T> {
  readonly #listening = Promise.withResolvers<ListenAddress>();

  /** Where it listens, with the real port, once it does. Rejects when the start fails. */
  get listening(): Promise<ListenAddress> {
    return this.#listening.promise;
  }

  override async start(): Promise<void> {
    try {
      await super.start();
    } catch (e) {
      // Who does not ask gets the error from the start of the context.
      this.#listening.promise.catch(() => {});
      this.#listening.reject(e);
      throw e;
    }
  }

  override onAnnounced(fact: unknown): void {
    this.#listening.resolve(fact as ListenAddress);
  }
}

function inletOf(
  owner: string,
  options: SocketServerTextOptions & Partial<SocketServerOptions<unknown>>,
): MakeInlet<unknown> {
  const { framing, decode, decodeMany, onBadRecord, encoding, maxLineBytes, onLongLine } = options;
  const decodes = [framing, decode, decodeMany, onBadRecord].some((option) => option !== undefined);
  const refuse = (option: string, value: unknown, rule: string) =>
    error('MR_OPTION', { option: `${owner}: ${option}`, value, rule });
  if (!decodes) {
    const transcode = checkedEncoding(`${owner}: encoding`, encoding ?? 'utf8');
    return textInlet({ source: owner, transcode, ...checkedLines(owner, options) }) as MakeInlet<unknown>;
  }
  if (encoding !== undefined)
    throw refuse('encoding', encoding, 'belongs to lines of text: decode gets the bytes as they are');
  if (framing !== undefined) {
    if (maxLineBytes !== undefined)
      throw refuse('maxLineBytes', maxLineBytes, 'belongs into the framing, lines({ maxLineBytes })');
    if (onLongLine !== undefined)
      throw refuse('onLongLine', onLongLine, 'belongs into the framing, lines({ onLongLine })');
  }
  return frameInlet<unknown>({
    source: owner,
    framing: framing === undefined ? lines(checkedLines(owner, options)) : checkedFraming(owner, framing),
    ...checkedDecode(owner, options),
  });
}
