import { ReceiverInputDStream, type StreamingContext } from '@millrace/core';
import { shownUrl } from '@millrace/core/connector';
import { type WebSocketOptions, webSocketSettings } from './web-socket-options.ts';
import { WebSocketReceiver } from './web-socket-receiver.ts';

/**
 * Batches of the messages of a WebSocket server: the program is the client. Needs the package `ws`.
 *
 * A message is a record, in the order in which it came: a string, parsed JSON, or what a function makes of it. When the connection ends, however it
 * ends, another is made after a wait that grows with each failure (`reconnect`), and `onOpen` is sent again. That the
 * server is away is no reason for the job to fail, nor for it not to start.
 *
 * **Delivery** is at most once across connections: a WebSocket has no way to ask for what was sent while nobody listened. Within a connection
 * nothing is lost: when the rate limit or a bound of the buffer is met nothing more is read, and TCP slows the server down. Compression is
 * not offered, since packed messages would come however full it is.
 *
 * **Bad messages.** `onBadRecord` says what becomes of a message that cannot be decoded. `'fail'` reports MR_BAD_RECORD and connects anew.
 *
 * **Safety.** User, password and query of the address, headers and TLS options never appear in errors, warnings or `explain`. Redirects are
 * not followed, so that headers go to nobody else.
 *
 * @throws MR_OPTION, MR_DURATION; at start MR_MISSING_PACKAGE
 * @example
 * ```ts
 * interface Trade { symbol: string; price: number }
 * const trades = webSocketStream<Trade>(ssc, {
 *   url: 'wss://feed.example.org/v1',
 *   decode: 'json',
 *   onOpen: [JSON.stringify({ subscribe: ['BTC', 'ETH'] })],
 * });
 * trades.map((t) => [t.symbol, t.price]).reduceByKey((a, b) => Math.max(a, b)).print();
 * ```
 */
export function webSocketStream<T = string>(
  ssc: StreamingContext,
  options: WebSocketOptions<T>,
): ReceiverInputDStream<T> {
  const settings = webSocketSettings(options);
  const { url, name, runOn, blockInterval, maxRate, maxBufferedRecords, maxBufferedBytes } = options;
  const source = `webSocketStream ${typeof url === 'function' ? '' : shownUrl(url)}`.trimEnd();
  return new ReceiverInputDStream<T>(ssc, () => new WebSocketReceiver<T>(source, settings), {
    name,
    runOn,
    blockInterval,
    maxRate,
    maxBufferedRecords,
    maxBufferedBytes,
  });
}
