import { type Receiver, ReceiverInputDStream, type ReceiverStreamOptions, type StreamingContext } from '@millrace/core';
import { error, RECEIVER_OPTIONS } from '@millrace/core/connector';
import { checkedClient, type SocketOptions } from './client-options.ts';
import { SocketReceiver } from './client-receiver.ts';
import { frameInlet } from './connection/frame-inlet.ts';
import { textInlet } from './connection/text-inlet.ts';
import { checkedDecode, DECODE_OPTIONS, type DecodeOptions } from './decode-options.ts';
import type { Framing } from './framing/framing.ts';
import { checkedLines, LINE_OPTIONS, type LineOptions, lines } from './framing/lines.ts';
import { checkedEncoding } from './framing/text-encoding.ts';

/** Options of `socketTextStream`. */
export interface SocketTextOptions extends SocketOptions, LineOptions {
  /** `'utf8'` unless given; `'latin1'`, `'ascii'`, `'utf16le'` and what TextDecoder knows are decoded by the receiver. */
  readonly encoding?: string;
}

/** Options of `socketStream`. */
export type SocketStreamOptions<T> = SocketOptions &
  DecodeOptions<T> & {
    /** How the bytes are cut into frames: `lines()`, `lengthPrefixed()` or a function that returns a `Framer`. */
    readonly framing: Framing;
  };

/**
 * Lines of text from a socket to which the job connects. Lines end with '\n' or '\r\n', which do not belong to the record, and may be
 * split over packets anywhere, within a character as well. UTF-8 is not decoded by the receiver but by the tasks; what
 * is no UTF-8 becomes U+FFFD.
 *
 * **The end of a connection** is followed by the next one, whether the sender ended it, it broke, or none could be made (R132); see
 * `reconnect`. When the sender ends it, what is behind the last newline is a record. When it breaks, or the job stops,
 * that is not made a record, since nobody knows whether it is whole: it counts as one dropped record in listeners.
 *
 * **Slow jobs.** The socket is not read while the rate limit is used up or `maxBufferedRecords`, `maxBufferedBytes` wait, so TCP
 * stops the sender. What a sender cannot know is what of its data was processed: for that see `ack` of `socketServerStream`.
 *
 * @throws MR_OPTION, MR_DURATION. Errors of the connection go to listeners as MR_SOURCE_FAILED, and a line that is too long as
 *   MR_BAD_RECORD; the stream goes on.
 * @example
 * ```ts
 * const received = socketTextStream(ssc, { host: 'localhost', port: 9999, reconnect: { max: seconds(5) } });
 * received.flatMap((line) => line.split(' ')).countByValue().print();
 * ```
 * @example Several sockets
 * ```ts
 * const ports = [9001, 9002, 9003];
 * const all = ssc.union(ports.map((port) => socketTextStream(ssc, { host: 'localhost', port })));
 * ```
 */
export function socketTextStream(ssc: StreamingContext, options: SocketTextOptions): ReceiverInputDStream<string> {
  const owner = 'socketTextStream';
  const settings = checkedClient(owner, options, [...LINE_OPTIONS, 'encoding']);
  const { source } = settings;
  const transcode = checkedEncoding(`${owner}: encoding`, options.encoding ?? 'utf8');
  const inlet = textInlet({ source, transcode, ...checkedLines(owner, options) });
  return receiverStream(ssc, () => new SocketReceiver(settings, inlet, transcode === null), options);
}

/**
 * Records in any format from a socket to which the job connects: `framing` cuts the bytes, `decode` makes a record of each frame, where
 * the receiver runs. With `runOn: 'worker'` that takes nothing of the driver's time. For connections and slow jobs see
 * `socketTextStream`.
 *
 * @throws MR_OPTION, MR_DURATION. What the framing or `decode` throws goes to listeners as MR_BAD_RECORD; see `onBadRecord`.
 * @example
 * ```ts
 * const prices = socketStream(ssc, {
 *   host: 'localhost',
 *   port: 9999,
 *   framing: lengthPrefixed({ bytes: 2 }),
 *   decode: (frame) => ({ symbol: frame.toString('latin1', 8), price: frame.readDoubleBE(0) }),
 *   onBadRecord: 'drop',
 * });
 * ```
 * @example JSON lines
 * ```ts
 * import { lines } from '@millrace/sources/sockets';
 * const parsed = socketStream(ssc, {
 *   host: 'localhost',
 *   port: 9999,
 *   framing: lines({ maxLineBytes: 65_536 }),
 *   decode: (line) => JSON.parse(line.toString()) as { user: string },
 * });
 * ```
 */
export function socketStream<T>(ssc: StreamingContext, options: SocketStreamOptions<T>): ReceiverInputDStream<T> {
  const owner = 'socketStream';
  const settings = checkedClient(owner, options, [...DECODE_OPTIONS, 'framing']);
  const inlet = frameInlet<T>({
    source: settings.source,
    framing: checkedFraming(owner, options.framing),
    ...checkedDecode(owner, options),
  });
  return receiverStream(ssc, () => new SocketReceiver(settings, inlet), options);
}

/** @throws MR_OPTION unless it is a function */
export function checkedFraming(owner: string, framing: Framing): Framing {
  if (typeof framing === 'function' && framing !== (lines as unknown)) return framing;
  const rule = 'must be lines(), lengthPrefixed() or a function that returns a Framer';
  throw error('MR_OPTION', { option: `${owner}: framing`, value: framing, rule });
}

/** The options that every receiver has, of those of a source. */
export function receiverOptions(options: ReceiverStreamOptions): ReceiverStreamOptions {
  return Object.fromEntries(Object.entries(options).filter(([option]) => RECEIVER_OPTIONS.includes(option)));
}

function receiverStream<T>(
  ssc: StreamingContext,
  makeReceiver: () => Receiver<T>,
  options: ReceiverStreamOptions,
): ReceiverInputDStream<T> {
  return new ReceiverInputDStream(ssc, makeReceiver, receiverOptions(options));
}
