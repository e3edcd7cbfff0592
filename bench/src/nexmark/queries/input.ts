import { type DStream, InputDStream, type QueueEntry, type StreamingContext, type Time } from '@millrace/core';
import { EventBatches, type EventRange } from '../generator/batches.ts';
import type { NexmarkConfig } from '../generator/config.ts';
import type { NexmarkEvent } from '../generator/events.ts';
import { NexmarkGenerator } from '../generator/generator.ts';

/** Events that are made where they are read, in the worker that needs them. */
export interface GeneratedEvents {
  /** What differs from the defaults of the generator. The clock of the job has to begin at its `baseTime`. */
  readonly config: Partial<NexmarkConfig>;
  /** How many there are; batches behind the last one are empty. */
  readonly events: number;
}

/** Params of every Nexmark job. */
export interface NexmarkParams {
  /** Partitions of a batch of events; 1 unless given. */
  readonly partitions?: number;
  /** Where events come from; from a queue that the driver fills, a batch for each entry, unless given. */
  readonly generate?: GeneratedEvents;
}

/** Where the events of a job come from. */
export interface NexmarkInput {
  /** Takes batches of events; not there where events are generated. */
  readonly queue?: QueueEntry<NexmarkEvent>[];
  readonly events: DStream<NexmarkEvent>;
}

/** The input of every Nexmark job: event time is batch time, see `EventBatches`. */
export function nexmarkInput(ssc: StreamingContext, params: NexmarkParams = {}): NexmarkInput {
  const { partitions = 1, generate } = params;
  if (generate !== undefined) return { events: new GeneratedStream(ssc, generate, partitions) };
  const queue: QueueEntry<NexmarkEvent>[] = [];
  return { queue, events: ssc.queueStream(queue, { numPartitions: partitions }) };
}

/** Batches of ranges of event numbers. A batch depends on its time alone, so that it can be made again. */
class GeneratedStream extends InputDStream<NexmarkEvent> {
  readonly #batches: EventBatches;
  readonly #baseTime: number;
  readonly #intervalMs: number;
  readonly #partitions: number;

  constructor(ssc: StreamingContext, { config, events }: GeneratedEvents, partitions: number) {
    const generator = new NexmarkGenerator(config);
    super(ssc, { read: ({ from, to }: EventRange) => generator.range(from, to) });
    this.#intervalMs = ssc.batchDuration.milliseconds;
    this.#batches = new EventBatches(generator, events, this.#intervalMs);
    this.#baseTime = generator.config.baseTime;
    this.#partitions = partitions;
  }

  override saveBatch(): null {
    return null;
  }

  override restoreBatch(): void {}

  override compute(time: Time) {
    const { from, to } = this.#batches.rangeOf((time.milliseconds - this.#baseTime) / this.#intervalMs - 1);
    const parts = this.#partitions;
    const cut = (part: number) => from + Math.floor(((to - from) * part) / parts);
    const partitions = Array.from({ length: parts }, (_, part) => ({
      kind: 'range' as const,
      range: { from: cut(part), to: cut(part + 1) },
    }));
    return { partitions, numRecords: to - from };
  }
}
