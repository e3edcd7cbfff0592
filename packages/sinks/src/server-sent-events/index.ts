/*
 * `@millrace/sinks/server-sent-events`: batches to all clients of an HTTP server that wait for events.
 */
export type { Auth, Origins } from '../serving/access.ts';
export type { ListenAddress } from '../serving/listener.ts';
export type { LiveServer } from '../serving/serve.ts';
export type { OnSlow, ServeOptions, ServeUnit } from '../serving/serve-options.ts';
export { type ServerSentEventsOptions, toServerSentEvents } from './server-sent-events.ts';
