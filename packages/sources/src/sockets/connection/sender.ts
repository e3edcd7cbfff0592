import type { Socket } from 'node:net';
import type { Receiver } from '@millrace/core';
import { isMillraceError } from '@millrace/core';
import type { ServerSettings } from '../server-options.ts';
import { AckWriter } from './ack-writer.ts';
import { IdleWatch } from './idle-watch.ts';
import type { Inlet } from './inlet.ts';
import { type ReadHooks, readAll } from './read-all.ts';
import { NotAdmitted, TokenGate } from './token-gate.ts';

/** How long a sender has to hear the last acknowledgement when the job stops, in ms. */
const LINGER_MS = 1000;

/** One connection to a source that listens. */
export class Sender {
  readonly #receiver: Receiver<unknown>;
  readonly #settings: ServerSettings;
  readonly #socket: Socket;
  readonly #inlet: Inlet;
  readonly #acks: AckWriter | null;
  #watches: IdleWatch[] = [];
  #closed = false;

  constructor(receiver: Receiver<unknown>, settings: ServerSettings, socket: Socket, inlet: Inlet) {
    this.#receiver = receiver;
    this.#settings = settings;
    this.#socket = socket;
    this.#inlet = inlet;
    this.#acks = settings.ack ? new AckWriter(socket, inlet) : null;
    socket.once('close', () => {
      for (const watch of this.#watches) watch.stop();
    });
  }

  /** Receives until the end; never rejects. */
  async run(): Promise<void> {
    try {
      await readAll(this.#socket, this.#inlet, this.#hooks());
      if (this.#closed) return;
      await this.#acks?.whenTold();
      this.#socket.end();
      this.#end(null);
    } catch (e) {
      this.#end(e as Error);
    }
  }

  /** The job stops: what is in hand is stored, and acknowledged if that was promised. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inlet.flush();
    if (this.#acks === null || this.#socket.destroyed) {
      this.#socket.destroy();
      return;
    }
    this.#watch(LINGER_MS);
    void this.#acks.whenTold().then(() => this.#socket.end());
  }

  #hooks(): ReadHooks {
    const { admits, authTimeoutMs, idleTimeoutMs } = this.#settings;
    const watch = idleTimeoutMs === null ? null : this.#watch(idleTimeoutMs);
    if (admits === null) return { watch, filter: (chunk) => (this.#closed ? null : chunk) };
    const patience = this.#watch(authTimeoutMs, new NotAdmitted('there was no token in time'));
    const gate = new TokenGate(admits, () => patience.stop());
    const gone = Promise.withResolvers<never>();
    gone.promise.catch(() => {});
    // A function that never says yes or no must not keep what is gone.
    this.#socket.once('close', () =>
      gone.reject(this.#socket.errored ?? new NotAdmitted('it left before it was admitted')),
    );
    const filter = (chunk: Buffer) => {
      if (this.#closed) return null;
      if (gate.isOpen) return chunk;
      return Promise.race([gate.pass(chunk), gone.promise]).then((data) => (this.#closed ? null : data));
    };
    return { watch, filter };
  }

  #watch(ms: number, reason?: Error): IdleWatch {
    const watch = new IdleWatch(this.#receiver.clock, ms, () => this.#socket.destroy(reason));
    this.#watches.push(watch);
    return watch;
  }

  /** @param failure what ended the connection, unless the sender did */
  #end(failure: Error | null): void {
    if (this.#closed) return;
    this.#closed = true;
    const { owner } = this.#settings;
    if (failure instanceof NotAdmitted) {
      this.#receiver.countRefused(1);
      this.#receiver.reportError(`${owner}: a sender was turned away, ${failure.message}`, failure.cause ?? null);
    } else if (isMillraceError(failure, 'MR_BAD_RECORD')) {
      this.#receiver.reportError(`${owner}: a sender was disconnected, its record could not be read`, failure);
    }
    if (this.#inlet.flush() > 0)
      this.#receiver.reportError(`${owner}: a connection broke within a record, which is lost`);
    if (failure !== null) this.#socket.destroy();
  }
}
