import { isMillraceError } from '@millrace/core';
import { seededRandom } from '@millrace/core/connector';
import { describe, expect, test } from 'vitest';
import type { Framing } from './framing.ts';
import { type LengthPrefix, lengthPrefixed } from './length-prefixed.ts';
import { LineCutter, type OnLongLine } from './line-cutter.ts';
import { lines } from './lines.ts';
import { checkedEncoding } from './text-encoding.ts';

const seed = process.env['MILLRACE_SEED'] ?? String(process.pid);

/** Bytes in chunks of these sizes. */
function pieces(bytes: Uint8Array, sizes: () => number): Buffer[] {
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = sizes();
    out.push(Buffer.from(bytes.subarray(at, at + size)));
    at += size;
  }
  return out;
}

/** Everything that the framing gives for chunks. */
function framesOf(
  framing: Framing,
  chunks: readonly Buffer[],
): { frames: Buffer[]; dropped: number; error: string | null } {
  const frames: Buffer[] = [];
  let dropped = 0;
  const framer = framing((n) => {
    dropped += n;
  });
  try {
    for (const chunk of chunks) framer.push(chunk, (frame) => frames.push(frame));
    framer.end((frame) => frames.push(frame));
  } catch (e) {
    return { frames, dropped, error: (e as Error).message };
  }
  expect(framer.pending).toBe(0);
  return { frames, dropped, error: null };
}

const text = (frames: readonly Buffer[]) => frames.map(String);

/** What the cutter gives: its lines in bulk, checked against their number. */
function cut(rules: { maxLineBytes: number; onLongLine: OnLongLine }, chunks: readonly Buffer[]) {
  const out: string[] = [];
  let dropped = 0;
  const cutter = new LineCutter({ ...rules, dropped: (n) => void (dropped += n) });
  const take = (bytes: Buffer, count: number) => {
    expect(bytes.at(-1)).toBe(10);
    const found = bytes.toString().slice(0, -1).split('\n');
    expect(found).toHaveLength(count);
    out.push(...found.map((line) => line.replace(/\r$/, '')));
  };
  for (const chunk of chunks) cutter.push(chunk, take);
  cutter.end(take);
  return { lines: out, dropped };
}

describe('lines', () => {
  const sample = 'añb\r\n\n\r\n😀x\n\rnot the end\r\nlast € line without end';
  const wanted = ['añb', '', '', '😀x', '\rnot the end', 'last € line without end'];

  test('are the same however the bytes are cut', () => {
    const bytes = Buffer.from(sample);
    for (let size = 1; size <= bytes.length; size++) {
      const chunks = pieces(bytes, () => size);
      expect(text(framesOf(lines(), chunks).frames), `in pieces of ${size}`).toEqual(wanted);
      expect(cut({ maxLineBytes: 1000, onLongLine: 'fail' }, chunks).lines, `in pieces of ${size}`).toEqual(wanted);
    }
  });

  test('a text that ends with a newline has no line behind it', () => {
    expect(text(framesOf(lines(), [Buffer.from('a\n')]).frames)).toEqual(['a']);
    expect(text(framesOf(lines(), [Buffer.from('a\n\n')]).frames)).toEqual(['a', '']);
    expect(framesOf(lines(), []).frames).toEqual([]);
  });

  test(`by each policy for long ones, however the bytes are cut (seed ${seed})`, () => {
    const random = seededRandom(seed);
    const below = (n: number) => Math.floor(random() * n);
    const characters = ['a', 'b', 'é', '€', '😀', '\r'];
    for (let round = 0; round < 300; round++) {
      const maxLineBytes = 1 + below(12);
      const all = Array.from({ length: below(12) }, () => {
        const line = Array.from({ length: below(14) }, () => characters[below(characters.length)]).join('');
        // A '\r' at the end is part of the line's end.
        return line.replace(/\r+$/, '');
      });
      const ends: string[] = all.map(() => (random() < 0.3 ? '\r\n' : '\n'));
      if (random() < 0.3 && all.at(-1) !== '') ends[ends.length - 1] = '';
      const bytes = Buffer.from(all.map((line, i) => line + ends[i]).join(''));
      const chunks = pieces(bytes, () => 1 + below(random() < 0.5 ? 4 : 200));
      const isLong = (line: string) => Buffer.byteLength(line) > maxLineBytes;
      const short = all.filter((line) => !isLong(line));
      const what = `round ${round}: ${JSON.stringify({ maxLineBytes, chunks: chunks.map(String) })}`;

      const dropping = cut({ maxLineBytes, onLongLine: 'drop' }, chunks);
      expect(dropping, what).toEqual({ lines: short, dropped: all.length - short.length });
      const cutting = cut({ maxLineBytes, onLongLine: 'cut' }, chunks);
      expect(cutting, what).toEqual({
        lines: all.map((line) => (isLong(line) ? prefix(line, maxLineBytes) : line)),
        dropped: 0,
      });
      const failing = framesOf(lines({ maxLineBytes }), chunks);
      const first = all.findIndex(isLong);
      expect(text(failing.frames), what).toEqual(first < 0 ? all : all.slice(0, first));
      expect(failing.error !== null, what).toBe(first >= 0);
    }
  });

  test('a line without end is not held beyond its bound', () => {
    for (const onLongLine of ['cut', 'drop'] as const) {
      const cutter = new LineCutter({ maxLineBytes: 100, onLongLine, dropped: () => {} });
      for (let i = 0; i < 1000; i++) cutter.push(Buffer.alloc(1000, 97), () => {});
      expect(cutter.pending).toBeLessThanOrEqual(101);
    }
  });
});

/** The most characters of a line that take no more bytes than that. A '\r' that comes to be the last is part of no end. */
function prefix(line: string, maxBytes: number): string {
  let out = '';
  for (const character of line) {
    if (Buffer.byteLength(out + character) > maxBytes) break;
    out += character;
  }
  // The reader of the test takes it for one, as every reader of lines does.
  return out.replace(/\r$/, '');
}

describe('frames with their length', () => {
  const forms: readonly LengthPrefix[] = ([1, 2, 4] as const).flatMap((bytes) =>
    (['big', 'little'] as const).flatMap((endian) =>
      [false, true].map((includesLength) => ({ bytes, endian, includesLength })),
    ),
  );

  function written(frame: Buffer, { bytes = 4, endian, includesLength }: LengthPrefix): Buffer {
    const head = Buffer.alloc(bytes);
    const length = frame.length + (includesLength ? bytes : 0);
    if (endian === 'little') head.writeUIntLE(length, 0, bytes);
    else head.writeUIntBE(length, 0, bytes);
    return Buffer.concat([head, frame]);
  }

  test(`come out whole in every form, however the bytes are cut (seed ${seed})`, () => {
    const random = seededRandom(seed);
    for (const form of forms) {
      for (let round = 0; round < 30; round++) {
        const frames = Array.from({ length: 8 }, () =>
          Buffer.from(Array.from({ length: Math.floor(random() ** 3 * 250) }, () => Math.floor(random() * 256))),
        );
        const bytes = Buffer.concat(frames.map((frame) => written(frame, form)));
        const chunks = pieces(bytes, () => 1 + Math.floor(random() * (round % 2 === 0 ? 3 : 300)));
        const found = framesOf(lengthPrefixed(form), chunks);
        expect(found, JSON.stringify(form)).toEqual({ frames, dropped: 0, error: null });
      }
    }
  });

  test('a frame beyond the bound, and one shorter than its length, are errors, after those before them', () => {
    const form = { bytes: 1, maxFrameBytes: 5, includesLength: true } as const;
    const good = Buffer.from([3, 1, 2]);
    const error = (bad: number[]) => {
      const found = framesOf(lengthPrefixed(form), [Buffer.concat([good, Buffer.from(bad)])]);
      expect(found.frames).toEqual([Buffer.from([1, 2])]);
      return found.error;
    };
    expect(error([7, 0])).toBe('a frame of 6 bytes is longer than maxFrameBytes, 5');
    expect(error([0])).toBe('a frame says that it has 0 bytes with its length, which takes 1');
    expect(error([4, 1, 1])).toBe('the connection ended within a frame, after 3 bytes of it');
    expect(framesOf(lengthPrefixed(form), [Buffer.from([1, 2, 7])]).frames).toEqual([
      Buffer.alloc(0),
      Buffer.from([7]),
    ]);
  });

  test('options are checked', () => {
    for (const wrong of [
      { bytes: 3 },
      { endian: 'middle' },
      { maxFrameBytes: 0 },
      { includesLength: 1 },
      { byts: 2 },
    ]) {
      expect(() => lengthPrefixed(wrong as LengthPrefix)).toThrow(expect.objectContaining({ code: 'MR_OPTION' }));
    }
    for (const wrong of [{ maxLineBytes: 0 }, { onLongLine: 'ignore' }, { max: 2 }]) {
      expect(() => lines(wrong as never)).toThrow(expect.objectContaining({ code: 'MR_OPTION' }));
    }
  });
});

describe('encodings', () => {
  const samples: readonly [encoding: string, bytes: Buffer, text: string][] = [
    ['latin1', Buffer.from('caf\xe9\x80\n', 'latin1'), 'caf\xe9\x80\n'],
    ['ascii', Buffer.from('abc\n'), 'abc\n'],
    ['utf16le', Buffer.from('a€😀\n', 'utf16le'), 'a€😀\n'],
    ['utf-16be', Buffer.from('a€😀\n', 'utf16le').swap16(), 'a€😀\n'],
    ['windows-1252', Buffer.from([0x80, 10]), '€\n'],
    ['shift_jis', Buffer.from([0x83, 0x65, 0x83, 0x58, 0x83, 0x67, 10]), 'テスト\n'],
  ];

  test.each(samples)('%s becomes UTF-8, also byte by byte', (encoding, bytes, expected) => {
    for (const size of [1, 2, 3, 100]) {
      const transcoder = checkedEncoding('x', encoding)!();
      const out = pieces(bytes, () => size).map((chunk) => transcoder.push(chunk));
      expect(Buffer.concat([...out, transcoder.end()]).toString()).toBe(expected);
    }
  });

  test('UTF-8 needs nothing, and others are refused', () => {
    expect(checkedEncoding('x', 'UTF-8')).toBe(null);
    const refused = (() => {
      try {
        return checkedEncoding('x', 'klingon');
      } catch (e) {
        return e;
      }
    })();
    expect(isMillraceError(refused, 'MR_OPTION')).toBe(true);
  });

  test('half a character at the end is not lost silently', () => {
    const transcoder = checkedEncoding('x', 'utf16le')!();
    expect(transcoder.push(Buffer.from([97])).length).toBe(0);
    expect(transcoder.end().toString()).toBe('\ufffd');
  });
});
