import type { DStream } from '@millrace/core';
import { error } from '@millrace/core/connector';
import type { LiveBatch } from '../live/live-batch.ts';
import type { Gate } from './admit.ts';
import { Audience } from './audience.ts';
import { type ListenAddress, Listener, type Routes } from './listener.ts';
import { type Message, message } from './outbox.ts';
import type { ServeSettings } from './serve-options.ts';

/** What a sink that listens returns. */
export interface LiveServer {
  /**
   * Resolves when clients can connect, which is before `start()` of the context resolves; with a server of your own when that
   * listens. Rejects if it never will.
   */
  readonly listening: Promise<ListenAddress>;
  /** Clients that are connected. */
  readonly clients: number;
  /** Messages that were thrown away for slow clients since the start. */
  readonly dropped: number;
  /** Clients that were disconnected since the start because they were slow. */
  readonly disconnected: number;
  /** Most bytes that any client has waiting now. */
  readonly bufferedBytes: number;
}

/** How clients are spoken to. */
export interface Protocol {
  readonly scheme: 'http' | 'ws';
  /**
   * Makes a message of what `serialize` returned.
   * @param last whether it is the last of its batch
   * @throws TypeError for something that cannot be sent
   */
  frame(content: unknown, time: number, last: boolean): string | Uint8Array;
  /** How clients come; called at the start. */
  routes(gate: Gate): Routes | Promise<Routes>;
}

/** Attaches an output that sends batches to clients. Nothing happens before the context starts. */
export function serve<T>(stream: DStream<T>, settings: ServeSettings, protocol: Protocol): LiveServer {
  const { context } = stream;
  const { label, name } = settings;
  const audience = new Audience(settings, context.clock);
  const listener = new Listener(settings, protocol.scheme);
  stream.foreachRDD(
    async (rdd, time) => {
      // An RDD that nobody looks at is not computed.
      if (!audience.wanted) {
        audience.skip(time.milliseconds);
        return;
      }
      const batch = { time: time.milliseconds, records: await rdd.collect() };
      await audience.publish({ time: batch.time, messages: messagesOf(batch, settings, protocol) });
    },
    { name },
  );
  context.addLifeHooks({
    async start() {
      const warn = (text: string) => context.warn(text);
      await listener.open(await protocol.routes({ settings, audience, warn }));
      audience.open();
    },
    stopping({ graceful }) {
      if (!graceful) audience.release();
    },
    async end({ failure }) {
      await audience.close();
      await listener.close(failure?.reason);
    },
  });
  return {
    listening: listener.listening,
    get clients() {
      return audience.size;
    },
    get dropped() {
      return audience.dropped;
    },
    get disconnected() {
      return audience.disconnected;
    },
    get bufferedBytes() {
      return audience.bufferedBytes;
    },
  };

  function messagesOf(batch: LiveBatch<T>, { unit, serialize }: ServeSettings, { frame }: Protocol): Message[] {
    const { time, records } = batch;
    try {
      if (unit === 'batch') return [message(frame(serialize(batch as never), time, true))];
      return records.map((record, i) => message(frame(serialize(record as never), time, i === records.length - 1)));
    } catch (cause) {
      const reason = `a message of the batch of ${time} ms could not be made: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw error('MR_SINK_FAILED', { sink: label, reason: reason.replace(/\.+$/, '') }, { cause });
    }
  }
}
