import { gzipSync } from 'node:zlib';
import type { InputDStream, StreamingContext } from '@millrace/core';
import { registerCases, type SourceUnderTest, sourceConformance } from '@millrace/core/testing';
import { describe, it } from 'vitest';
import { Spool } from '../../test/spool.ts';
import { jsonLines } from '../decode/index.ts';
import { binaryRecordsStream, fileStream, textFileStream } from './index.ts';

/** A directory into which each feeding puts a file, complete at once and changed since the last batch. */
function world<T>(parts: {
  make(ssc: StreamingContext, directory: string, filter: (path: string) => boolean): InputDStream<T>;
  write(records: readonly T[]): string | Uint8Array;
  record(i: number): T;
  ending?: string;
}): SourceUnderTest<T> {
  const spool = new Spool();
  let context: StreamingContext | null = null;
  let files = 0;
  let looks = 0;
  const filter = () => {
    looks++;
    return true;
  };
  return {
    make(ssc) {
      context ??= ssc;
      return parts.make(ssc, spool.path, filter);
    },
    async feed(records) {
      spool.put(`${files++}${parts.ending ?? ''}`, parts.write(records), (context as StreamingContext).clock.now() + 1);
    },
    record: parts.record,
    contacts: () => looks,
    close: async () => spool[Symbol.dispose](),
  };
}

const suite = (name: string, make: () => SourceUnderTest<never>) =>
  registerCases(name, sourceConformance(make), { describe, it });

const text = {
  write: (records: readonly string[]) => records.map((r) => `${r}\n`).join(''),
  record: (i: number) => `line ${i}`,
};

suite('textFileStream', () =>
  world<string>({
    make: (ssc, directory, filter) => textFileStream(ssc, directory, { filter, bytesPerRange: 10 }),
    ...text,
  }) as SourceUnderTest<never>);

suite('textFileStream of packed files', () =>
  world<string>({
    make: (ssc, directory, filter) => textFileStream(ssc, directory, { filter }),
    write: (records) => gzipSync(text.write(records)),
    record: text.record,
    ending: '.gz',
  }) as SourceUnderTest<never>);

suite('fileStream of JSON lines', () =>
  world<{ id: number }>({
    make: (ssc, directory, filter) =>
      fileStream<{ id: number }>(ssc, directory, { filter, decode: jsonLines(), bytesPerRange: 25 }),
    write: (records) => records.map((r) => JSON.stringify(r)).join('\n'),
    record: (i) => ({ id: i }),
  }) as SourceUnderTest<never>);

suite('binaryRecordsStream', () =>
  world<Uint8Array>({
    make: (ssc, directory, filter) => binaryRecordsStream(ssc, directory, 2, { filter, bytesPerRange: 5 }),
    write: (records) => Buffer.concat(records),
    record: (i) => Uint8Array.of(i >> 8, i & 255),
  }) as SourceUnderTest<never>);
