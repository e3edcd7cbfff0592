import { MessageChannel, type MessagePort, type Transferable, type Worker } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import type { Answer, LineMessage, Message } from './protocol.ts';

/** What goes with a message. */
export interface AskOptions {
  readonly transferList?: readonly Transferable[];
  /** Ends the worker, and with it all that waits for it. */
  readonly signal?: AbortSignal;
}

/**
 * The way to the one worker of a Piscina: messages are answered in their order, one at a time. Piscina has the worker: starts it,
 * replaces one that has died, ends it. Messages have a port of their own; as tasks of the pool each would leave objects and hidden
 * classes behind in the driver, of which a thousand batches a second make collections long.
 *
 * Nothing here keeps the process running but a message without an answer.
 */
export class WorkerLine {
  readonly #pool: Piscina;
  #connection: Connection | null = null;
  /** Until a worker that was ended is gone: the pool still gives messages to it. */
  #leaving: Promise<void> | null = null;

  constructor(pool: Piscina) {
    this.#pool = pool;
  }

  /** Whether a message waits for its answer. */
  get isBusy(): boolean {
    return this.#connection !== null && this.#connection.waiting.length > 0;
  }

  /**
   * Sends a message; to a replacement where the worker has died since.
   * @throws DOMException `DataCloneError` where the message or its answer cannot be cloned
   * @throws Error with the reason where the worker dies before it has answered
   */
  ask(message: Message, options: AskOptions = {}): Promise<Answer> {
    if (this.#leaving !== null) return this.#leaving.then(() => this.ask(message, options));
    const { transferList = [], signal } = options;
    const connection = this.#connected();
    try {
      connection.port.postMessage(message, transferList);
    } catch (e) {
      return Promise.reject(e);
    }
    const waiting = Promise.withResolvers<Answer>();
    connection.waiting.push(waiting);
    if (connection.waiting.length === 1) connection.port.ref();
    return signal === undefined ? waiting.promise : this.#watched(waiting.promise, signal, connection);
  }

  async #watched(answered: Promise<Answer>, signal: AbortSignal, connection: Connection): Promise<Answer> {
    const stop = () => {
      this.#end(connection, 'it was stopped');
      const over = () => {
        this.#leaving = null;
      };
      this.#leaving = connection.worker?.terminate().then(over) ?? null;
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    try {
      return await answered;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #connected(): Connection {
    if (this.#connection !== null) return this.#connection;
    const { port1, port2 } = new MessageChannel();
    const over = new AbortController();
    const connection: Connection = { port: port1, waiting: [], worker: null, over };
    this.#connection = connection;
    port1.on('message', (answer: Answer) => received(connection, answer));
    port1.unref();
    const failed = ({ message }: Error) => this.#end(connection, message);
    const { signal } = over;
    this.#pool.run({ port: port2 } satisfies LineMessage, { transferList: [port2], signal }).catch(failed);
    const worker = this.#pool.threads[0] ?? null;
    connection.worker = worker;
    // Behind the pool's own listeners, which have replaced it by then.
    worker?.once('error', (e: unknown) => this.#end(connection, e instanceof Error ? e.message : String(e)));
    worker?.once('exit', (code) => this.#end(connection, `worker exited with code: ${code}`));
    return connection;
  }

  #end(connection: Connection, reason: string): void {
    if (this.#connection === connection) this.#connection = null;
    // The pool would give to the next worker what the one before had not taken yet.
    connection.over.abort();
    connection.port.close();
    for (const waiting of connection.waiting.splice(0)) waiting.reject(new Error(reason));
  }
}

/** The port to one worker. */
interface Connection {
  readonly port: MessagePort;
  /** Who waits, in the order of the messages. */
  readonly waiting: PromiseWithResolvers<Answer>[];
  /** null only until the pool has been asked for one. */
  worker: Worker | null;
  /** Aborted when nobody answers here any longer. */
  readonly over: AbortController;
}

function received({ port, waiting }: Connection, answer: Answer): void {
  const first = waiting.shift();
  if (waiting.length === 0) port.unref();
  if (answer.type === 'uncloneable') first?.reject(new DOMException(answer.what, 'DataCloneError'));
  else first?.resolve(answer);
}
