import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { text } from './arbitraries.test-d.ts';
import { countLines, isBlock, linesBlock } from './block.ts';
import { linesCodec } from './codec.ts';

describe('linesBlock', () => {
  test.each<[string, string[]]>([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['\n', ['']],
    ['\n\n', ['', '']],
    ['a\n\nb', ['a', '', 'b']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['a\rb\nc\r', ['a\rb', 'c']],
    ['grün\n日本\n🎉', ['grün', '日本', '🎉']],
  ])('%j', (input, lines) => {
    for (const given of [input, new TextEncoder().encode(input)]) {
      const block = linesBlock(given);
      expect(block.codec).toBe('lines');
      expect(block.count).toBe(lines.length);
      expect(block.bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect(linesCodec.decode(block.bytes)).toEqual(lines);
    }
  });

  test('agrees with splitting by hand (property)', () => {
    const line = fc.oneof(text, fc.constantFrom('', '\r', 'x', 'ü')).map((s) => s.replaceAll('\n', ''));
    fc.assert(
      fc.property(fc.array(line), fc.boolean(), (lines, closed) => {
        const input = lines.join('\n') + (closed && lines.length > 0 ? '\n' : '');
        const expected = input.split('\n').map((l) => (l.endsWith('\r') ? l.slice(0, -1) : l));
        if (expected.at(-1) === '' && input.split('\n').at(-1) === '') expected.pop();
        const block = linesBlock(input);
        expect(linesCodec.decode(block.bytes)).toEqual(expected);
        expect(block.count).toBe(expected.length);
      }),
    );
  });

  test('lines are counted at any alignment (property)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(10, 9, 11, 0x8a, 0, 255), { maxLength: 40 }),
        fc.integer({ min: 0, max: 7 }),
        (bytes, offset) => {
          const memory = new Uint8Array(64).fill(10);
          memory.set(bytes, offset);
          const newlines = bytes.filter((b) => b === 10).length;
          expect(countLines(memory.subarray(offset, offset + bytes.length))).toBe(
            newlines + (bytes.length > 0 && bytes.at(-1) !== 10 ? 1 : 0),
          );
        },
      ),
    );
  });

  test('bytes that are shared already are not copied', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(10), 2, 4);
    shared.set([97, 10, 98, 10]);
    const block = linesBlock(shared);
    expect(block.bytes.buffer).toBe(shared.buffer);
    expect(linesCodec.decode(block.bytes)).toEqual(['a', 'b']);
  });

  test('invalid UTF-8 becomes U+FFFD and swallows no newline', () => {
    expect(linesCodec.decode(new Uint8Array([0xe2, 0x82, 10, 0xff, 97, 10]))).toEqual(['\ufffd', '\ufffda']);
  });
});

describe('the lines codec encodes', () => {
  test('what it decodes to again (property)', () => {
    const line = text.filter((s) => !s.includes('\n') && !s.endsWith('\r'));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        expect(linesCodec.decode(linesCodec.encode(lines, 'x'))).toEqual(lines);
      }),
    );
  });

  test.each<[unknown]>([['a\nb'], ['a\r'], [5], [null]])('not %j', (record) => {
    expect(() => linesCodec.encode(['ok', record], 'saveLines')).toThrow(/saveLines cannot be encoded: \$ is/);
  });
});

test('isBlock goes by shape', () => {
  expect(isBlock(structuredClone(linesBlock('a')))).toBe(true);
  for (const other of [null, 1, {}, [], { codec: 'x', count: 1 }, { codec: 'x', count: 1, bytes: [1] }])
    expect(isBlock(other)).toBe(false);
});
