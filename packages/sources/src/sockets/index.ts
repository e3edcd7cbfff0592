/*
 * `@millrace/sources/sockets`: lines and records from TCP and TLS, as a client and as a server.
 */
export type { SocketOptions } from './client-options.ts';
export type { OnBadRecord } from './connection/frame-inlet.ts';
export type { DecodeOptions } from './decode-options.ts';
export type { Framer, Framing, TakeFrame } from './framing/framing.ts';
export { type LengthPrefix, lengthPrefixed } from './framing/length-prefixed.ts';
export type { OnLongLine } from './framing/line-cutter.ts';
export { type LineOptions, lines } from './framing/lines.ts';
export type { ListenOptions } from './server-options.ts';
export {
  type ListenAddress,
  SocketServerInputDStream,
  type SocketServerOptions,
  type SocketServerTextOptions,
  socketServerStream,
} from './socket-server-stream.ts';
export {
  type SocketStreamOptions,
  type SocketTextOptions,
  socketStream,
  socketTextStream,
} from './socket-streams.ts';
