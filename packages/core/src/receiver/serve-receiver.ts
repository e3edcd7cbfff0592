import { sealRecords } from '../backend/exchange.ts';
import { fromErrorData, toErrorData } from '../errors/index.ts';
import type { Clock } from '../schedule/clock.ts';
import type { ReceivedBlock } from './received-block.ts';
import type { Receiver } from './receiver.ts';
import type { FromReceiver, ReceiverChannel, ToReceiver } from './receiver-messages.ts';
import type { ReceiverSettings } from './receiver-settings.ts';
import { type ReceiverHost, ReceiverSupervisor, type Waiting } from './receiver-supervisor.ts';

/** A stream with a receiver, as a worker finds it in the plan that it has built. */
export interface ServedStream {
  readonly id: number;
  readonly name: string;
  getReceiver(): Receiver<unknown>;
}

/** Runs a stream's receiver in this worker for a driver at the other end of a channel, until the driver stops it. */
export function serveReceiver(
  stream: ServedStream,
  settings: ReceiverSettings,
  channel: ReceiverChannel<ToReceiver, FromReceiver>,
  clock: Clock,
): void {
  const host = new ChannelHost(stream.name, channel);
  const supervisor = new ReceiverSupervisor(stream.getReceiver(), stream.id, settings, host, clock);
  channel.listen(
    (message) => {
      switch (message.type) {
        case 'stored':
          host.stored(message.number, message.error === null ? null : fromErrorData(message.error));
          return;
        case 'waiting':
          host.waiting = message.waiting;
          supervisor.roomChanged();
          return;
        case 'rate':
          supervisor.updateRate(message.rate);
          return;
        case 'stop':
          void supervisor.shutdown().then(() => channel.post({ type: 'ended' }));
      }
    },
    () => void supervisor.shutdown(),
  );
  supervisor.start().then(
    () => channel.post({ type: 'ready', error: null }),
    (e: unknown) => channel.post({ type: 'ready', error: toErrorData(e) }),
  );
}

/** Stores with the driver. */
class ChannelHost implements ReceiverHost {
  waiting: Waiting = { records: 0, bytes: 0 };
  readonly #name: string;
  readonly #channel: ReceiverChannel<ToReceiver, FromReceiver>;
  readonly #pushed = new Map<number, PromiseWithResolvers<void>>();
  #next = 0;
  #counts: { refused: number; dropped: number } | null = null;

  constructor(name: string, channel: ReceiverChannel<ToReceiver, FromReceiver>) {
    this.#name = name;
    this.#channel = channel;
  }

  push({ id, numRecords, partition }: ReceivedBlock): Promise<void> {
    const blocks = partition.kind === 'blocks' ? partition.blocks : [sealRecords(partition.records, this.#name)];
    const numBytes = blocks.reduce((n, block) => n + block.bytes.length, 0);
    const number = this.#next++;
    const pushed = Promise.withResolvers<void>();
    this.#pushed.set(number, pushed);
    this.#channel.post({ type: 'block', number, id, numRecords, numBytes, blocks });
    return pushed.promise;
  }

  stored(number: number, failure: unknown): void {
    const pushed = this.#pushed.get(number);
    this.#pushed.delete(number);
    if (failure === null) pushed?.resolve();
    else pushed?.reject(failure);
  }

  event(kind: Parameters<ReceiverHost['event']>[0], message: string | null, cause: unknown): void {
    const data = cause === null || cause === undefined ? null : toErrorData(cause);
    this.#channel.post({ type: 'event', event: kind, message, cause: data });
  }

  announced(fact: unknown): void {
    this.#channel.post({ type: 'announced', fact });
  }

  counted(refused: number, dropped: number): void {
    // A flood of refusals is one message for each turn of the event loop's microtasks.
    if (this.#counts === null) {
      queueMicrotask(() => {
        const counts = this.#counts;
        this.#counts = null;
        if (counts !== null) this.#channel.post({ type: 'counted', ...counts });
      });
    }
    this.#counts = { refused, dropped };
  }
}
