/*
 * `@millrace/sinks/web-socket`: batches to all clients of a WebSocket server. Needs the package `ws`.
 */
export type { Auth, Origins } from '../serving/access.ts';
export type { ListenAddress } from '../serving/listener.ts';
export type { LiveServer } from '../serving/serve.ts';
export type { OnSlow, ServeOptions, ServeUnit } from '../serving/serve-options.ts';
export { toWebSocketServer, type WebSocketServerOptions } from './web-socket-server.ts';
