import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';
import { type InputDStream, milliseconds, type ReceiverInfo, StreamingContext } from '@millrace/core';
import { collectOutputs, inlineBackend, ManualClock, runBatches } from '@millrace/core/testing';

/** Lets the machine's sockets have their turn until something is so. Nothing here takes time of the clock. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when a socket is closed, also if it was before. */
export async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, 'close');
}

/** Turns of the event loop in which nothing is to happen. */
export async function turns(n: number): Promise<void> {
  for (let i = 0; i < n; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** The other side of a source that connects: a server that keeps what connected. */
export class SenderServer {
  readonly sockets: Socket[] = [];
  readonly server: Server;

  private constructor(server: Server, event: string) {
    this.server = server;
    server.on(event, (socket: Socket) => {
      socket.on('error', () => {});
      this.sockets.push(socket);
    });
  }

  static async open(server: Server = createServer(), port = 0, event = 'connection'): Promise<SenderServer> {
    const made = new SenderServer(server, event);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return made;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The n-th connection, when it has been made. */
  async connection(n = this.sockets.length): Promise<Socket> {
    await until(() => this.sockets.length > n);
    return this.sockets[n];
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }
}

/** A sender to a source that listens. What it hears is in `heard`. */
export async function sender(options: NetConnectOpts | number): Promise<Socket & { heard: string }> {
  const socket = Object.assign(connect(typeof options === 'number' ? { port: options, host: '127.0.0.1' } : options), {
    heard: '',
  });
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    socket.heard += chunk;
  });
  await once(socket, 'connect');
  return socket;
}

/** A context whose clock stands still, with one stream whose batches are collected. */
export function scene<T, S extends InputDStream<T>>(make: (ssc: StreamingContext) => S & InputDStream<T>) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const ssc = new StreamingContext(inlineBackend(), milliseconds(100), { clock, warn: (m) => warnings.push(m) });
  const stream = make(ssc);
  const outputs = collectOutputs<T>(stream);
  const events: [kind: string, info: ReceiverInfo][] = [];
  ssc.addStreamingListener({
    onReceiverStarted: ({ receiverInfo }) => void events.push(['started', receiverInfo]),
    onReceiverError: ({ receiverInfo }) => void events.push(['error', receiverInfo]),
    onReceiverStopped: ({ receiverInfo }) => void events.push(['stopped', receiverInfo]),
  });
  const flow = () => stream.flow()!;
  return {
    clock,
    ssc,
    stream,
    warnings,
    events,
    flow,
    kinds: () => events.map(([kind]) => kind),
    /** Records of all batches so far. */
    records: () => outputs.flatMap((output) => output.records) as T[],
    /** Waits until so many records wait, and runs a batch. */
    async batch(waiting: number): Promise<T[]> {
      await until(() => flow().waitingRecords >= waiting);
      const before = outputs.length;
      await runBatches(ssc, clock, 1);
      return outputs.slice(before).flatMap((output) => output.records) as T[];
    },
    /** Runs batches until something is so: time passes, so that what waits for it goes on. */
    async runUntil(condition: () => boolean): Promise<void> {
      while (!condition()) await runBatches(ssc, clock, 1);
    },
  };
}
