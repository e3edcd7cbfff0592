import diagnosticsChannel from 'node:diagnostics_channel';
import type { ListenerEvent, StreamingListener } from './listener.ts';

type Payload<E extends ListenerEvent> = Parameters<NonNullable<StreamingListener[E]>>[0];

/** `node:diagnostics_channel` names, one for each event: `millrace:onBatchCompleted`, … */
export const channelName = (event: ListenerEvent): string => `millrace:${event}`;

const channels = Object.fromEntries(
  (
    [
      'onStreamingStarted',
      'onReceiverStarted',
      'onReceiverError',
      'onReceiverStopped',
      'onBatchIntervalChanged',
      'onBatchSubmitted',
      'onBatchStarted',
      'onBatchRetried',
      'onBatchCompleted',
      'onOutputOperationStarted',
      'onOutputOperationCompleted',
    ] as const satisfies readonly ListenerEvent[]
  ).map((event) => [event, diagnosticsChannel.channel(channelName(event))]),
) as Record<ListenerEvent, diagnosticsChannel.Channel>;

/** Tells listeners and diagnostics channels of events, in the order in which they happen. */
export class ListenerBus {
  #listeners: StreamingListener[] = [];
  #inside = 0;
  readonly #application: string;
  readonly #complain: (e: unknown) => void;

  /** @param complain is told what a listener threw */
  constructor(application: string, complain: (e: unknown) => void) {
    this.#application = application;
    this.#complain = complain;
  }

  /** True while a listener's callback is running: `stop` from there would wait for itself (R104). */
  get inCallback(): boolean {
    return this.#inside > 0;
  }

  add(listener: StreamingListener): void {
    this.#listeners = [...this.#listeners, listener];
  }

  remove(listener: StreamingListener): void {
    this.#listeners = this.#listeners.filter((l) => l !== listener);
  }

  /** True if anybody listens: events that nobody hears need not be made. */
  hears(event: ListenerEvent): boolean {
    return this.#listeners.length > 0 || channels[event].hasSubscribers;
  }

  post<E extends ListenerEvent>(event: E, payload: Payload<E>): void {
    const channel = channels[event];
    if (channel.hasSubscribers) channel.publish({ application: this.#application, ...(payload as object) });
    for (const listener of this.#listeners) {
      const callback = listener[event] as ((payload: Payload<E>) => void) | undefined;
      if (callback === undefined) continue;
      this.#inside += 1;
      try {
        const result: unknown = callback.call(listener, payload);
        // An async callback is not waited for, but what it throws is not to end the process.
        if (result instanceof Promise) result.catch(this.#complain);
      } catch (e) {
        this.#complain(e);
      } finally {
        this.#inside -= 1;
      }
    }
  }
}
