import { PassThrough } from 'node:stream';
import type { InputDStream, StreamingContext } from '@millrace/core';
import { registerCases, type SourceUnderTest, sourceConformance } from '@millrace/core/testing';
import { describe, it } from 'vitest';
import { type IterableInputDStream, iterableStream } from './index.ts';

/** What the sources under test have in common: `open` is called by the one that starts, `put` gives it a record. */
function world<T>(parts: {
  open(): AsyncIterable<T>;
  put(record: T): void;
  record(i: number): T;
  close?(): void;
}): SourceUnderTest<T> {
  let stream: IterableInputDStream<T> | null = null;
  let contacts = 0;
  let stopped = false;
  const open = () => {
    contacts++;
    return parts.open();
  };
  return {
    make(ssc: StreamingContext): InputDStream<T> {
      const made = iterableStream<T>(ssc, open, { maxPerBatch: 7 });
      stream ??= made;
      stream.ended.then(() => {
        stopped = true;
      });
      return made;
    },
    async feed(records) {
      const goal = (stream?.buffered ?? 0) + records.length;
      records.forEach(parts.put);
      // The loop ends with the stream: what is fed after a stop never arrives.
      while (!stopped && (stream?.buffered ?? 0) < goal) await new Promise((resolve) => setImmediate(resolve));
    },
    record: parts.record,
    contacts: () => contacts,
    maxRecordsPerBatch: 7,
    close: async () => parts.close?.(),
  };
}

registerCases(
  'iterableStream of an async generator',
  sourceConformance(() => {
    const queue: { id: number }[] = [];
    let wake = () => {};
    return world({
      async *open() {
        for (;;) {
          while (queue.length > 0) yield queue.shift() as { id: number };
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      },
      put(record) {
        queue.push(record);
        wake();
      },
      record: (i) => ({ id: i }),
    });
  }),
  { describe, it },
);

registerCases(
  'iterableStream of a Readable in object mode',
  sourceConformance(() => {
    const readable = new PassThrough({ objectMode: true });
    return world<number[]>({
      open: () => readable,
      put: (record) => void readable.write(record),
      record: (i) => [i],
      close: () => readable.destroy(),
    });
  }),
  { describe, it },
);

registerCases(
  'iterableStream of a Readable of bytes',
  sourceConformance(() => {
    const readable = new PassThrough();
    return world<string>({
      open: () => readable,
      put: (record) => void readable.write(`${record}\n`),
      record: (i) => `line ${i}`,
      close: () => readable.destroy(),
    });
  }),
  { describe, it },
);
