import { expect, test } from 'vitest';
import { checkedDecoder } from './decoder.ts';
import { bytes, jsonLines, type Origin, textLines } from './index.ts';

function origin(more: Partial<Origin> = {}): Origin & { count: number } {
  return {
    source: '/data/a.txt',
    offset: 0,
    line: 1,
    header: null,
    count: 0,
    dropped(n) {
      this.count += n;
    },
    ...more,
  };
}

const text = (s: string) => Buffer.from(s);

test('lines are handed over as a block, for the task to decode', () => {
  expect(textLines().decode(text('a\nb'), origin())).toEqual({ codec: 'lines', count: -1, bytes: text('a\nb') });
});

test('JSON lines: any values, either line end, empty lines are nothing', () => {
  const decode = jsonLines().decode(text('{"a":1}\r\n\n[2]\n   \n"x"\nnull\nfalse'), origin());
  expect(decode).toEqual([{ a: 1 }, [2], 'x', null, false]);
});

test('a bad line fails with the file, the line and the reason', () => {
  expect(() => jsonLines().decode(text('1\n\n{"a"\n2'), origin({ line: 11 }))).toThrow(
    expect.objectContaining({
      code: 'MR_BAD_RECORD',
      message: expect.stringMatching(/^\/data\/a\.txt got a record that cannot be read, line 13: .*JSON/),
    }),
  );
});

test('where lines are not counted, it fails with the byte', () => {
  expect(() => jsonLines().decode(text('"ö"\n{\n2'), origin({ line: null, offset: 100 }))).toThrow(', byte 105: ');
});

test('bad lines can be dropped, which is counted', () => {
  const at = origin();
  expect(jsonLines({ onBadRow: 'drop' }).decode(text('1\nx\n2\ny\n'), at)).toEqual([1, 2]);
  expect(at.count).toBe(2);
});

test('a function may give a record for a bad line, or none', () => {
  const at = origin();
  const decoder = jsonLines<unknown>({
    onBadRow: (bad) => (bad.text === 'x' ? undefined : { ...bad, reason: bad.reason.length > 0 }),
  });
  expect(decoder.decode(text('1\nx\nyy\n'), at)).toEqual([
    1,
    { source: '/data/a.txt', where: 'line 3', text: 'yy', reason: true },
  ]);
  expect(at.count).toBe(1);
});

test('a function that is asynchronous is refused', () => {
  const decoder = jsonLines<unknown>({ onBadRow: async () => 1 });
  expect(() => decoder.decode(text('x'), origin())).toThrow(expect.objectContaining({ code: 'MR_ASYNC_FUNCTION' }));
});

test('binary records are copies of their own, and plain', () => {
  const all = text('aabbcc');
  const records = bytes({ recordBytes: 2 }).decode(all, origin()) as Uint8Array[];
  expect(records).toEqual([Uint8Array.of(97, 97), Uint8Array.of(98, 98), Uint8Array.of(99, 99)]);
  expect(records[1]!.buffer.byteLength).toBe(2);
  expect(Object.getPrototypeOf(records[0])).toBe(Uint8Array.prototype);
});

test('options that make no sense are refused', () => {
  expect(() => jsonLines({ onBadRow: 'ignore' as 'drop' })).toThrow("must be 'fail', 'drop' or a function");
  expect(() => jsonLines({ onBadRows: 'drop' } as object)).toThrow('jsonLines: onBadRows');
  expect(() => bytes({ recordBytes: 0 })).toThrow('bytes: recordBytes is 0');
  const check = (decoder: unknown) => () => checkedDecoder('decode', decoder as ReturnType<typeof textLines>);
  expect(check(undefined)).toThrow('must be a decoder');
  expect(check(jsonLines)).toThrow('must be a decoder');
  expect(check({ framing: 'words', decode() {} })).toThrow("'lines', 'fixed' or 'stream'");
  expect(check({ framing: 'fixed', decode() {} })).toThrow('recordBytes');
  expect(check({ framing: 'lines', decode() {}, load: 1 })).toThrow('load');
});
