import { connect as connectTcp, isIP, type Socket, type TcpNetConnectOpts } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { isMillraceError, milliseconds, Receiver } from '@millrace/core';
import { addressText, error } from '@millrace/core/connector';
import { Reconnects } from '../net/backoff.ts';
import { SlabReads } from '../net/slab-reads.ts';
import type { ClientSettings } from './client-options.ts';
import { IdleWatch } from './connection/idle-watch.ts';
import type { Inlet, MakeInlet } from './connection/inlet.ts';
import { readAll } from './connection/read-all.ts';

/** One connection after the other to a sender, each a run of the receiver (R132). */
export class SocketReceiver<T> extends Receiver<T> {
  readonly #settings: ClientSettings;
  readonly #makeInlet: MakeInlet<T>;
  readonly #asText: boolean;
  readonly #reconnects: Reconnects | null;
  #run: ClientRun | null = null;

  /**
   * @param asText whether the bytes are only text that tasks decode: then they may lie in shared memory, which not every function
   *   of Node's and of users' takes
   */
  constructor(settings: ClientSettings, makeInlet: MakeInlet<T>, asText = false) {
    super();
    this.#settings = settings;
    this.#asText = asText;
    this.#makeInlet = makeInlet;
    this.#reconnects = settings.reconnect === null ? null : new Reconnects(settings.reconnect);
  }

  override onStart(): void {
    const { host, port } = this.#settings;
    const run = new ClientRun(open(this.#settings, this.#asText), this.#makeInlet(this, addressText(host, port)));
    this.#run = run;
    void this.#receive(run);
  }

  override onStop(): void {
    this.#run?.close();
    this.#run = null;
  }

  async #receive(run: ClientRun): Promise<void> {
    const { clock } = this;
    const { connectTimeoutMs, idleTimeoutMs } = this.#settings;
    let failure: Error | null = null;
    let connected = false;
    const silent = (ms: number, what: string) =>
      new IdleWatch(clock, ms, () => run.socket.destroy(new Error(`${what} for ${ms} ms`)));
    let watch: IdleWatch | null = silent(connectTimeoutMs, 'there was no answer');
    try {
      await ready(run.socket, this.#settings.tls !== null);
      connected = true;
      watch.stop();
      watch = idleTimeoutMs === null ? null : silent(idleTimeoutMs, 'nothing came');
      this.#reconnects?.opened(clock);
      run.inlet.onStored = () => this.#reconnects?.delivered();
      await readAll(run.socket, run.inlet, { watch });
    } catch (e) {
      failure = e as Error;
    } finally {
      watch?.stop();
    }
    // The end was ours; what was in hand is stored.
    if (run.closed) return;
    const lost = run.close();
    const delayMs = this.#reconnects?.failed(clock);
    this.#again(failure, connected, lost, delayMs);
  }

  /** The end of a connection is the beginning of the next one, whatever it was (R132). */
  #again(failure: Error | null, connected: boolean, lost: number, delayMs: number | undefined): void {
    const { source } = this.#settings;
    const delay = delayMs === undefined ? undefined : milliseconds(delayMs);
    if (failure === null) {
      this.restart(`${source}: the sender ended the connection`, null, delay);
      return;
    }
    if (isMillraceError(failure, 'MR_BAD_RECORD')) {
      this.reportError(`${source}: a record could not be read`, failure);
      this.restart(`${source}: a record could not be read`, null, delay);
      return;
    }
    const what = connected ? 'the connection broke' : 'it could not be reached';
    const unfinished = lost === 0 ? '' : `, and ${lost} bytes of a record that was not complete are lost`;
    const reason = `${what} (${reasonOf(failure)})${unfinished}`;
    this.restart(`${source}: ${what}`, error('MR_SOURCE_FAILED', { source, reason }, { cause: failure }), delay);
  }
}

/** One connection. */
class ClientRun {
  readonly socket: Socket;
  readonly inlet: Inlet;
  closed = false;

  constructor(socket: Socket, inlet: Inlet) {
    this.socket = socket;
    this.inlet = inlet;
  }

  /** @returns bytes that were lost */
  close(): number {
    if (this.closed) return 0;
    this.closed = true;
    this.socket.destroy();
    return this.inlet.flush();
  }
}

function open({ host, port, tls, keepAliveMs }: ClientSettings, asText: boolean): Socket {
  const keepAlive = keepAliveMs === null ? {} : { keepAlive: true, keepAliveInitialDelay: keepAliveMs };
  const socket =
    tls === null
      ? openTcp({ host, port, ...keepAlive }, asText)
      : connectTls({ ...(isIP(host) === 0 ? { servername: host } : {}), ...tls, host, port, ...keepAlive });
  // Who reads hears of an error; between two reads nobody does.
  socket.on('error', () => {});
  return socket;
}

function openTcp(options: TcpNetConnectOpts, asText: boolean): Socket {
  if (!asText) return connectTcp(options);
  const reads = new SlabReads();
  const socket = connectTcp({ ...options, onread: reads.options });
  reads.socket = socket;
  return socket;
}

/** Resolves when data can come. @throws what keeps the connection from being made */
function ready(socket: Socket, tls: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (e: Error) => reject(e);
    const closed = () => reject(new Error('it was closed at once'));
    socket.once('error', failed).once('close', closed);
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      socket.off('error', failed).off('close', closed);
      resolve();
    });
  });
}

/** What went wrong, in words. A name with several addresses fails with an error of errors that says nothing itself. */
function reasonOf(failure: Error): string {
  const errors = failure instanceof AggregateError ? (failure.errors as Error[]) : [failure];
  return errors.map((e) => e.message).join(', ');
}
