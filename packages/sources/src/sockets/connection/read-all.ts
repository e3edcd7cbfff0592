import type { Socket } from 'node:net';
import type { IdleWatch } from './idle-watch.ts';
import type { Inlet } from './inlet.ts';

/** What goes on at a connection, beside its bytes. */
export interface ReadHooks {
  /** Null where silence is fine. */
  readonly watch: IdleWatch | null;
  /** Sees each chunk first; gives what of it is data, null for none. */
  readonly filter?: (chunk: Buffer) => Buffer | null | Promise<Buffer | null>;
}

/**
 * Reads a connection to its end. The next bytes are read when those before are stored: while there is no room, the
 * machine's buffers fill up and TCP stops the sender.
 *
 * @throws what ends the connection otherwise: its own error, or a bad record. What came before it is stored.
 */
export async function readAll(socket: Socket, inlet: Inlet, { watch, filter }: ReadHooks): Promise<void> {
  for await (const received of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    watch?.heard();
    let chunk: Buffer | null = received;
    if (filter !== undefined) {
      const filtered = filter(received);
      chunk = filtered instanceof Promise ? await filtered : filtered;
    }
    if (chunk === null || chunk.length === 0) continue;
    const stored = inlet.push(chunk);
    if (stored !== undefined) {
      watch?.hold();
      await stored;
      watch?.release();
    }
  }
  await inlet.end();
}
