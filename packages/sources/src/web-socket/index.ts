/*
 * `@millrace/sources/web-socket`: messages of a WebSocket server. Needs the package `ws`.
 */
export type { Decode, OnBadMessage } from './decode-message.ts';
export type { Fresh, WebSocketOptions } from './web-socket-options.ts';
export { webSocketStream } from './web-socket-stream.ts';
