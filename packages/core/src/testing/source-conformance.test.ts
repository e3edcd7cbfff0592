import { describe, expect, it } from 'vitest';
import { InputDStream, type QueueEntry } from '../index.ts';
import { registerCases, type SourceUnderTest, sourceConformance } from './index.ts';

/** A source with a buffer and a bound, as those that listen to a network are. */
class Buffered extends InputDStream<number> {
  readonly buffer: number[] = [];
  #open = false;

  override start(): void {
    this.#open = true;
  }

  override stop(): void {
    this.#open = false;
  }

  override hasPending(): boolean {
    return this.buffer.length > 0;
  }

  receive(records: readonly number[]): void {
    if (this.#open) this.buffer.push(...records);
  }

  override compute(): readonly number[] {
    return this.buffer.splice(0, 4);
  }
}

function bufferedWorld(make: (ssc: ConstructorParameters<typeof Buffered>[0]) => Buffered): SourceUnderTest<number> {
  let source: Buffered | null = null;
  return {
    // Only the first one is started.
    make: (ssc) => {
      const made = make(ssc);
      source ??= made;
      return made;
    },
    feed: async (records) => source?.receive(records),
    record: (i) => i,
    maxRecordsPerBatch: 4,
    contacts: () => 0,
  };
}

registerCases(
  'a buffered source',
  sourceConformance(() => bufferedWorld((ssc) => new Buffered(ssc))),
  { describe, it },
);

registerCases(
  'queueStream',
  sourceConformance(() => {
    const queue: QueueEntry<string>[] = [];
    let running = true;
    return {
      make: (ssc) => ssc.queueStream(queue) as InputDStream<string>,
      feed: async (records) => void (running && queue.push(records)),
      record: (i) => `record ${i}`,
      close: async () => void (running = false),
    };
  }),
  { describe, it },
);

/** Faults, and the case that finds each. */
const faults: [string, string, (ssc: ConstructorParameters<typeof Buffered>[0]) => Buffered][] = [
  [
    'loses records',
    'hands over everything exactly once, in order',
    (ssc) =>
      new (class extends Buffered {
        override compute() {
          return super.compute().slice(1);
        }
      })(ssc),
  ],
  [
    'repeats records',
    'hands over everything exactly once, in order',
    (ssc) =>
      new (class extends Buffered {
        override compute() {
          const b = super.compute();
          return [...b, ...b];
        }
      })(ssc),
  ],
  [
    'breaks its bound',
    'keeps its bound of records for each batch',
    (ssc) =>
      new (class extends Buffered {
        override compute() {
          return this.buffer.splice(0);
        }
      })(ssc),
  ],
  [
    'drops what it has at stop',
    'hands over what it has received when it is stopped gracefully',
    (ssc) =>
      new (class extends Buffered {
        override stop() {
          this.buffer.length = 0;
        }
      })(ssc),
  ],
  [
    'begins when constructed',
    'does nothing before it is started',
    (ssc) =>
      new (class extends Buffered {
        override buffer = [1];
      })(ssc),
  ],
];

it.each(faults)('the suite finds a source that %s', async (_fault, name, make) => {
  const cases = sourceConformance(() => bufferedWorld(make));
  await expect(cases.find((c) => c.name === name)?.run()).rejects.toThrow();
});
