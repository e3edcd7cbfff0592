import { seededRandom } from '@millrace/core/connector';
import { createRecordsBatch, NumericMap, Reader, readRecordsBatches } from '@platformatic/kafka';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Compression, RawHeader, RawRecord } from '../port.ts';
import { Codecs } from './compression.ts';
import { type AbortedTransaction, type Decoded, decodeBatches, type Wanted } from './record-batch.ts';

const TIME = 1_700_000_000_000;
const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const ATTRIBUTES_AT = 21;
const LAST_OFFSET_DELTA_AT = 23;
const MAX_TIMESTAMP_AT = 35;
const COUNT_AT = 57;
const RECORDS_AT = 61;
const LOG_APPEND_TIME = 1 << 3;
const CONTROL = 1 << 5;

type Content = Omit<RawRecord, 'offset'>;

interface Making {
  readonly compression?: Compression;
  readonly producerId?: bigint;
  readonly transactional?: boolean;
}

/** A batch as @platformatic/kafka makes it, where the broker would put it. */
function batchAt(offset: number, contents: readonly Content[], making: Making = {}): Buffer {
  const { compression = 'none', producerId = -1n, transactional = false } = making;
  const messages = contents.map(({ timestamp, key, value, headers }) => ({
    topic: 't',
    partition: 0,
    timestamp: BigInt(timestamp),
    ...(key === null ? {} : { key }),
    value: value as Buffer,
    headers: new Map(headers.map(([name, of]) => [Buffer.from(name), of as Buffer])),
  }));
  const options = { compression, producerId, producerEpoch: 0, sequences: new NumericMap() };
  const batch = createRecordsBatch(messages, transactional ? { ...options, transactionalId: 'x' } : options);
  const bytes = Buffer.from(batch.buffer);
  bytes.writeBigInt64BE(BigInt(offset), 0);
  return bytes;
}

/** The mark behind a transaction. */
function markAt(offset: number, producerId: bigint, type: 'abort' | 'commit'): Buffer {
  const key = Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]);
  const bytes = batchAt(offset, [{ ...content(''), key, value: Buffer.alloc(6) }], { producerId, transactional: true });
  bytes.writeInt16BE(bytes.readInt16BE(ATTRIBUTES_AT) | CONTROL, ATTRIBUTES_AT);
  return bytes;
}

/** What compaction leaves of the last batch of a producer: its head. */
function emptied(batch: Buffer): Buffer {
  const head = Buffer.from(batch.subarray(0, RECORDS_AT));
  head.writeInt32BE(RECORDS_AT - 12, 8);
  head.writeInt32BE(0, COUNT_AT);
  return head;
}

const content = (value: string | null, about: Partial<Content> = {}): Content => ({
  timestamp: TIME,
  key: null,
  value: value === null ? null : Buffer.from(value),
  headers: [],
  ...about,
});

/** Zigzag, as the protocol has it. */
function varlong(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

let codecs: Codecs;
beforeAll(async () => {
  codecs = await Codecs.load();
});

function decode(bytes: Buffer, about: Partial<Omit<Wanted, 'decompress'>> = {}) {
  const { from = 0, isolation = 'read_committed', aborted = [], maxUnpackedBytes = 2 ** 20 } = about;
  return decodeBatches(bytes, { from, isolation, aborted, decompress: codecs.decompress, maxUnpackedBytes });
}

const shown = (bytes: Buffer, about?: Parameters<typeof decode>[1]) => {
  const { records, next } = decode(bytes, about);
  return { values: records.map(({ offset, value }) => `${offset}:${value}`), next };
};

describe('records', () => {
  test.each(COMPRESSIONS)('have keys, values, times and headers (%s)', (compression) => {
    const headers: readonly RawHeader[] = [
      ['b', Buffer.from('1')],
      ['a', null],
      ['b', Buffer.alloc(0)],
      ['ä', Buffer.from([0, 255])],
    ];
    const contents = [
      content('value', { key: Buffer.from('key'), headers }),
      content(null, { timestamp: TIME - 7 }),
      content('', { key: Buffer.alloc(0), timestamp: TIME + 2 ** 30 }),
    ];
    const { records, next } = decode(batchAt(2 ** 41, contents, { compression }));
    expect(records).toEqual(contents.map((each, i) => ({ offset: 2 ** 41 + i, ...each })));
    expect(next).toBe(2 ** 41 + 3);
  });

  test('have the time of the broker where the topic says so', () => {
    const bytes = batchAt(0, [content('a'), content('b', { timestamp: TIME + 5 })]);
    bytes.writeInt16BE(LOG_APPEND_TIME, ATTRIBUTES_AT);
    bytes.writeBigInt64BE(BigInt(TIME + 99), MAX_TIMESTAMP_AT);
    expect(decode(bytes).records.map(({ timestamp }) => timestamp)).toEqual([TIME + 99, TIME + 99]);
  });

  test.each([0, 1, -1, 63, -64, 64, 2 ** 31, -(2 ** 31), 2 ** 35 + 5, -(2 ** 40), 2 ** 52])(
    'may be %d ms from the first',
    (delta) => {
      const head = Buffer.from(batchAt(0, [content('')]).subarray(0, RECORDS_AT));
      // No key, no value, no headers.
      const body = Buffer.concat([Buffer.from([0]), varlong(delta), Buffer.from([0, 1, 1, 0])]);
      const bytes = Buffer.concat([head, Buffer.from([body.length * 2]), body]);
      bytes.writeInt32BE(bytes.length - 12, 8);
      expect(decode(bytes).records).toEqual([{ offset: 0, ...content(null, { timestamp: TIME + delta }) }]);
    },
  );

  test('before the offset that is wanted are left out', () => {
    const bytes = Buffer.concat([
      batchAt(
        10,
        ['a', 'b', 'c'].map((value) => content(value)),
        { compression: 'gzip' },
      ),
      batchAt(13, [content('d')]),
    ]);
    expect(shown(bytes, { from: 12 })).toEqual({ values: ['12:c', '13:d'], next: 14 });
    expect(shown(bytes, { from: 13 })).toEqual({ values: ['13:d'], next: 14 });
  });
});

describe('batches', () => {
  test('no bytes are nothing', () => {
    expect(decode(Buffer.alloc(0), { from: 7 })).toEqual({ records: [], next: 7 });
  });

  test('that are empty after compaction are stepped over', () => {
    const empty = emptied(
      batchAt(
        0,
        ['a', 'b', 'c'].map((value) => content(value)),
      ),
    );
    expect(decode(empty)).toEqual({ records: [], next: 3 });
    expect(shown(Buffer.concat([empty, batchAt(5, [content('d')])]))).toEqual({ values: ['5:d'], next: 6 });
  });

  test('that lost their last records still end where they ended', () => {
    const bytes = batchAt(4, [content('a')]);
    bytes.writeInt32BE(9, LAST_OFFSET_DELTA_AT);
    expect(shown(bytes)).toEqual({ values: ['4:a'], next: 14 });
  });

  test('of which the last is cut off anywhere give what is whole', () => {
    const first = batchAt(0, [content('a')], { compression: 'gzip' });
    const both = Buffer.concat([first, batchAt(1, [content('b'), content('c')])]);
    for (let end = first.length; end < both.length; end++)
      expect(shown(both.subarray(0, end)), `${end} bytes`).toEqual({ values: ['0:a'], next: 1 });
    expect(shown(both)).toEqual({ values: ['0:a', '1:b', '2:c'], next: 3 });
    for (let end = 0; end < first.length; end++) expect(decode(first.subarray(0, end)).next).toBe(0);
  });

  test('of an older format, or damaged ones, are an error', () => {
    const old = batchAt(0, [content('a')]);
    old.writeInt8(1, 16);
    expect(() => decode(old)).toThrow('format 1');
    const damaged = batchAt(0, [content('a')]);
    damaged.writeInt32BE(3, COUNT_AT);
    expect(() => decode(damaged)).toThrow('damaged');
    const unknown = batchAt(0, [content('a')]);
    unknown.writeInt16BE(5, ATTRIBUTES_AT);
    expect(() => decode(unknown)).toThrow('codec 5');
  });
});

describe('transactions', () => {
  const of = (producerId: bigint): Making => ({ producerId, transactional: true });
  const log = Buffer.concat([
    batchAt(0, [content('kept')], of(1n)),
    batchAt(1, [content('aborted')], of(2n)),
    batchAt(2, [content('plain')]),
    markAt(3, 1n, 'commit'),
    batchAt(4, [content('aborted too')], of(2n)),
    markAt(5, 2n, 'abort'),
    batchAt(6, [content('kept too')], of(2n)),
    markAt(7, 2n, 'commit'),
  ]);
  const aborted: readonly AbortedTransaction[] = [{ producerId: 2n, firstOffset: 1 }];

  test('that were aborted are not shown; those of the same producer before and after are', () => {
    expect(shown(log, { aborted })).toEqual({ values: ['0:kept', '2:plain', '6:kept too'], next: 8 });
  });

  test('that were aborted are shown to whom that does not matter; marks are never shown', () => {
    const { values } = shown(log, { aborted, isolation: 'read_uncommitted' });
    expect(values).toEqual(['0:kept', '1:aborted', '2:plain', '4:aborted too', '6:kept too']);
  });

  test('are read past marks of which compaction has left the header', () => {
    const mark = markAt(7, 2n, 'commit');
    const emptied = Buffer.from(mark.subarray(0, RECORDS_AT));
    emptied.writeInt32BE(RECORDS_AT - 12, 8);
    emptied.writeInt32BE(0, RECORDS_AT - 4);
    const after = batchAt(8, [content('after')]);
    expect(shown(Buffer.concat([log, emptied, after]), { aborted })).toMatchObject({ next: 9 });
    expect(shown(Buffer.concat([emptied, after])).values).toEqual(['8:after']);
  });

  test('that began before the bytes are not shown either', () => {
    const tail = log.subarray(log.indexOf('aborted too') - RECORDS_AT - 7);
    const from = tail.readBigInt64BE(0) === 4n ? tail : log.subarray(batchesBefore(4));
    expect(shown(from, { aborted, from: 4 })).toEqual({ values: ['6:kept too'], next: 8 });
  });

  /** Where in the log the batch at an offset begins. */
  function batchesBefore(offset: number): number {
    let at = 0;
    while (Number(log.readBigInt64BE(at)) < offset) at += 12 + log.readInt32BE(at + 8);
    return at;
  }
});

describe('any log', () => {
  const seed = process.env['MILLRACE_SEED'] ?? String(Date.now());

  test(`is read as the library reads it, seed ${seed}`, () => {
    const random = seededRandom(seed);
    let divided = 0;
    for (let run = 0; run < 200; run++) {
      const { bytes, batches, aborted, visible } = anyLog(random);
      const where = `MILLRACE_SEED=${seed}, log ${run}`;
      const theirs = readRecordsBatches(Reader.from(bytes)).flatMap(
        ({ firstOffset, firstTimestamp, records, attributes }) =>
          (attributes & CONTROL) !== 0
            ? []
            : records.map(({ offsetDelta, timestampDelta, key, value, headers }) => ({
                offset: Number(firstOffset) + offsetDelta,
                timestamp: Number(firstTimestamp + timestampDelta),
                key,
                value,
                headers: headers.map(([name, of]) => [String(name), of]),
              })),
      );
      const all = decode(bytes, { aborted, isolation: 'read_uncommitted' });
      expect(all.records, where).toEqual(theirs);
      // In parts, each asked for twice: all of them together are the same.
      const inParts: Decoded[] = [];
      const maxUnpackedBytes = 1 + Math.floor(random() * 500);
      for (let part: Decoded | undefined = decode(bytes, { aborted, maxUnpackedBytes }); part; part = part.more?.()) {
        inParts.push(part);
        expect(part.more?.(), where).toEqual(part.more?.());
      }
      const atOnce = decode(bytes, { aborted });
      expect(
        inParts.flatMap(({ records }) => records),
        where,
      ).toEqual(atOnce.records);
      expect(inParts.at(-1)?.next, where).toBe(atOnce.next);
      if (inParts.length > 1) divided += 1;
      // From anywhere, cut off anywhere.
      const from = Math.floor(random() * (batches.at(-1)?.behind ?? 0));
      const begin = batches.findIndex(({ behind }) => behind > from);
      const cut = Math.floor(random() * 3) === 0 ? Math.floor(random() * bytes.length) : bytes.length;
      const whole = batches.slice(begin).filter(({ end }) => end <= cut);
      const part = bytes.subarray(batches[begin]?.begin, Math.max(cut, batches[begin]?.begin ?? 0));
      const until = whole.at(-1)?.behind ?? from;
      // The broker tells of those that end in what is read, or later.
      const committed = decode(part, { from, aborted: aborted.filter(({ endedAt }) => endedAt >= from) });
      expect(committed.next, where).toBe(until);
      expect(committed.records, where).toEqual(
        theirs.filter(({ offset }) => offset >= from && offset < until && visible.has(offset)),
      );
    }
    expect(divided).toBeGreaterThan(50);
  });
});

/** Batches of several producers, some in transactions that end either way, with gaps. */
function anyLog(random: () => number) {
  const upTo = (n: number) => Math.floor(random() * n);
  const bytes: Buffer[] = [];
  const batches: { begin: number; end: number; behind: number }[] = [];
  const aborted: (AbortedTransaction & { readonly endedAt: number })[] = [];
  const visible = new Set<number>();
  const open = new Map<bigint, { readonly firstOffset: number; readonly offsets: number[] }>();
  let offset = upTo(100);
  let length = 0;
  const add = (batch: Buffer) => {
    offset += batch.readInt32BE(LAST_OFFSET_DELTA_AT) + 1;
    bytes.push(batch);
    batches.push({ begin: length, end: length + batch.length, behind: offset });
    length += batch.length;
    if (upTo(3) === 0) offset += upTo(50);
  };
  const end = (producerId: bigint, how: 'commit' | 'abort') => {
    const { firstOffset, offsets } = open.get(producerId) ?? { firstOffset: 0, offsets: [] };
    open.delete(producerId);
    if (how === 'abort') aborted.push({ producerId, firstOffset, endedAt: offset });
    else for (const each of offsets) visible.add(each);
    add(markAt(offset, producerId, how));
  };
  for (let n = upTo(20) + 1; n > 0; n--) {
    const producerId = BigInt(upTo(4));
    const transactional = producerId > 1n;
    if (transactional && open.has(producerId) && upTo(3) === 0) end(producerId, upTo(2) === 0 ? 'commit' : 'abort');
    const contents = Array.from({ length: upTo(6) + 1 }, () => anyContent(random));
    const compression = COMPRESSIONS[upTo(COMPRESSIONS.length)] as Compression;
    const offsets = contents.map((_, i) => offset + i);
    if (!transactional) for (const each of offsets) visible.add(each);
    else {
      const transaction = open.get(producerId) ?? { firstOffset: offset, offsets: [] };
      transaction.offsets.push(...offsets);
      open.set(producerId, transaction);
    }
    const batch = batchAt(offset, contents, { compression, producerId, transactional });
    if (upTo(5) === 0) batch.writeInt32BE(contents.length - 1 + upTo(20), LAST_OFFSET_DELTA_AT);
    add(batch);
  }
  for (const producerId of [...open.keys()]) end(producerId, upTo(2) === 0 ? 'commit' : 'abort');
  return { bytes: Buffer.concat(bytes), batches, aborted, visible };
}

function anyContent(random: () => number): Content {
  const upTo = (n: number) => Math.floor(random() * n);
  const anyBytes = () => (upTo(5) === 0 ? null : Buffer.from(Array.from({ length: upTo(200) }, () => upTo(256))));
  return {
    // Times further apart the library cannot write.
    timestamp: TIME + upTo(2 ** 30),
    key: anyBytes(),
    value: anyBytes(),
    headers: Array.from({ length: upTo(4) }, (): RawHeader => [`h${upTo(3)}`, anyBytes()]),
  };
}
