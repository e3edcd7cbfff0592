/*
 * A source of your own: a class with start, stop and compute. This one listens to an event emitter; a client of a message
 * broker or a device looks the same.
 *
 *     node --conditions=@millrace/source examples/own-source/main.ts
 *
 * Output:
 *     30.5 °C is too hot
 *     35 °C is too hot
 */
import { EventEmitter } from 'node:events';
import { single } from '@millrace/backend-single';
import { InputDStream, milliseconds, StreamingContext } from '@millrace/core';

class EventSource<T> extends InputDStream<T> {
  readonly #emitter: EventEmitter;
  readonly #event: string;
  #received: T[] = [];

  /** Remembers where to listen, and does nothing yet: workers construct it, too. */
  constructor(ssc: StreamingContext, emitter: EventEmitter, event: string) {
    super(ssc, { name: event });
    this.#emitter = emitter;
    this.#event = event;
  }

  override start(): void {
    this.#emitter.on(this.#event, this.#receive);
  }

  override stop(): void {
    this.#emitter.off(this.#event, this.#receive);
  }

  /** A graceful stop makes batches for as long as this is true. */
  override hasPending(): boolean {
    return this.#received.length > 0;
  }

  /** The batch: what came in since the one before. */
  override compute(): T[] {
    return this.#received.splice(0);
  }

  #receive = (record: T): void => void this.#received.push(record);
}

const sensors = new EventEmitter();
const ssc = new StreamingContext(single(), milliseconds(50));
const hot = new EventSource<number>(ssc, sensors, 'temperature').filter((celsius) => celsius > 30);
hot.foreachRDD((rdd) => rdd.foreach((celsius) => console.log(`${celsius} °C is too hot`)));

await ssc.start();
for (const celsius of [21.5, 30.5, 28, 35]) sensors.emit('temperature', celsius);
await ssc.stop({ graceful: true });
sensors.emit('temperature', 99); // nobody listens any more
await ssc.awaitTermination();
