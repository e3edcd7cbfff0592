import type { BackendSession } from '../backend/contract.ts';
import { error, fromErrorData, toErrorData } from '../errors/index.ts';
import type { FromReceiver, ReceiverChannel } from './receiver-messages.ts';
import type { Waiting } from './receiver-supervisor.ts';
import type { ReceiverStream, RunningReceiver, StreamIntake, TrackerOptions } from './receiver-tracker.ts';

/**
 * A receiver in a worker of its own, seen from the driver. When the worker dies, another is started after the restart
 * delay (R124): what it had not stored was never called safe, so its sender has it still.
 */
export class WorkerReceiver implements RunningReceiver {
  readonly #stream: ReceiverStream;
  readonly #intake: StreamIntake;
  readonly #options: TrackerOptions;
  #channel: ReceiverChannel | null = null;
  #rate: number | null = null;
  #stopping = false;
  #cancelRestart: (() => void) | null = null;
  /** Settled by the worker's `ready`, then by its `ended`. */
  #awaited: PromiseWithResolvers<void> | null = null;
  /** Of workers that are gone, and of the one that runs. */
  #before = { refused: 0, dropped: 0 };
  #now = { refused: 0, dropped: 0 };

  constructor(stream: ReceiverStream, intake: StreamIntake, options: TrackerOptions) {
    this.#stream = stream;
    this.#intake = intake;
    this.#options = options;
  }

  async start(): Promise<void> {
    const { id, settings } = this.#stream;
    const { session } = this.#options;
    const channel = await (session.openReceiver as NonNullable<BackendSession['openReceiver']>)(id, settings);
    this.#channel = channel;
    const ready = Promise.withResolvers<void>();
    this.#awaited = ready;
    channel.listen(
      (message) => this.#hear(channel, message),
      () => this.#lost(channel),
    );
    if (this.#rate !== null) channel.post({ type: 'rate', rate: this.#rate });
    await ready.promise;
  }

  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#cancelRestart?.();
    const channel = this.#channel;
    if (channel === null) return;
    const ended = Promise.withResolvers<void>();
    this.#awaited = ended;
    channel.post({ type: 'stop' });
    // A worker that is lost now has nothing more to say; `#lost` has told why.
    await ended.promise.catch(() => {});
    this.#channel = null;
    channel.close();
  }

  /** What a worker has not stored yet goes to the next batch: asking it would make the batch wait. */
  cut(): void {}

  updateRate(rate: number): void {
    this.#rate = rate;
    this.#channel?.post({ type: 'rate', rate });
  }

  roomChanged(): void {
    this.#channel?.post({ type: 'waiting', waiting: { ...this.#intake.waiting } });
  }

  get rateLimit(): number | null {
    const { maxRate, initialRate } = this.#stream.settings;
    const rate = Math.min(this.#rate ?? initialRate ?? Number.POSITIVE_INFINITY, maxRate ?? Number.POSITIVE_INFINITY);
    return Number.isFinite(rate) ? rate : null;
  }

  get unstored(): Waiting {
    return { records: 0, bytes: 0 };
  }

  get turnedAway() {
    return {
      refused: this.#before.refused + this.#now.refused,
      dropped: this.#before.dropped + this.#now.dropped,
    };
  }

  #hear(channel: ReceiverChannel, message: FromReceiver): void {
    switch (message.type) {
      case 'block': {
        const { number, id, numRecords, numBytes, blocks } = message;
        const answer = (failure: unknown) => {
          channel.post({ type: 'waiting', waiting: { ...this.#intake.waiting } });
          channel.post({ type: 'stored', number, error: failure === null ? null : toErrorData(failure) });
        };
        try {
          const partition = { kind: 'blocks' as const, blocks };
          const stored = this.#intake.push({ id, streamId: this.#stream.id, numRecords, numBytes, partition });
          if (stored === undefined) answer(null);
          else stored.then(() => answer(null), answer);
        } catch (e) {
          answer(e);
        }
        return;
      }
      case 'event':
        this.#intake.event(
          message.event,
          message.message,
          message.cause === null ? null : fromErrorData(message.cause),
        );
        return;
      case 'announced':
        this.#intake.announced(message.fact);
        return;
      case 'counted':
        this.#now = { refused: message.refused, dropped: message.dropped };
        return;
      case 'ready':
        if (message.error === null) this.#awaited?.resolve();
        else this.#awaited?.reject(fromErrorData(message.error));
        return;
      case 'ended':
        this.#awaited?.resolve();
    }
  }

  #lost(channel: ReceiverChannel): void {
    if (channel !== this.#channel) return;
    this.#channel = null;
    const lost = error('MR_RECEIVER_LOST', { stream: this.#stream.name });
    this.#awaited?.reject(lost);
    this.#awaited?.promise.catch(() => {});
    this.#before = this.turnedAway;
    this.#now = { refused: 0, dropped: 0 };
    this.#intake.event('stopped', 'The worker of the receiver was lost', lost);
    this.#startLater();
  }

  #startLater(): void {
    if (this.#stopping) return;
    const { clock } = this.#options;
    this.#cancelRestart = clock.at(clock.now() + this.#stream.settings.restartDelayMs, () => {
      this.start().catch((e: unknown) => {
        if (this.#stopping) return;
        this.#intake.event('error', 'The receiver could not be started again', e);
        // A worker that went down with it has asked for the next attempt itself.
        if (this.#channel !== null) {
          this.#channel.close();
          this.#channel = null;
          this.#startLater();
        }
      });
    });
  }
}
