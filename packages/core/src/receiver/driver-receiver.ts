import type { Clock } from '../schedule/clock.ts';
import { ReceiverSupervisor, type Waiting } from './receiver-supervisor.ts';
import type { ReceiverStream, RunningReceiver, StreamIntake } from './receiver-tracker.ts';

/** A receiver in the driver's own thread. */
export class DriverReceiver implements RunningReceiver {
  readonly #stream: ReceiverStream;
  readonly #intake: StreamIntake;
  readonly #clock: Clock;
  readonly #oneHeap: boolean;
  #supervisor: ReceiverSupervisor | null = null;
  #turnedAway = { refused: 0, dropped: 0 };

  constructor(stream: ReceiverStream, intake: StreamIntake, clock: Clock, oneHeap: boolean) {
    this.#stream = stream;
    this.#intake = intake;
    this.#clock = clock;
    this.#oneHeap = oneHeap;
  }

  async start(): Promise<void> {
    const intake = this.#intake;
    this.#supervisor = new ReceiverSupervisor(
      this.#stream.getReceiver(),
      this.#stream.id,
      this.#stream.settings,
      {
        oneHeap: this.#oneHeap,
        push: (block) => intake.push(block),
        get waiting() {
          return intake.waiting;
        },
        event: (kind, message, cause) => intake.event(kind, message, cause),
        announced: (fact) => intake.announced(fact),
        counted: (refused, dropped) => {
          this.#turnedAway = { refused, dropped };
        },
      },
      this.#clock,
    );
    await this.#supervisor.start();
  }

  async stop(): Promise<void> {
    await this.#supervisor?.shutdown();
  }

  cut(): void {
    this.#supervisor?.cut();
  }

  updateRate(rate: number): void {
    this.#supervisor?.updateRate(rate);
  }

  roomChanged(): void {
    this.#supervisor?.roomChanged();
  }

  get rateLimit(): number | null {
    return this.#supervisor?.rateLimit ?? this.#stream.settings.maxRate;
  }

  get unstored(): Waiting {
    if (this.#supervisor === null) return { records: 0, bytes: 0 };
    const { records, bytes } = this.#supervisor.waiting;
    const stored = this.#intake.waiting;
    return { records: records - stored.records, bytes: bytes - stored.bytes };
  }

  get turnedAway() {
    return this.#turnedAway;
  }
}
