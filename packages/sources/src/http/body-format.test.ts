import { describe, expect, it } from 'vitest';
import { nestsDeeper, parseJson, unexpectedAt } from '../net/json.ts';
import { formatOf, readRecords } from './body-format.ts';
import { Refusal } from './refusal.ts';

function refusalOf(body: () => unknown): [status: number, reason: string] {
  try {
    body();
  } catch (e) {
    if (e instanceof Refusal) return [e.status, e.reason];
    throw e;
  }
  throw new Error('nothing was refused');
}

const utf8 = (text: string) => new TextEncoder().encode(text);
const read = (text: string, format: 'json' | 'ndjson' | 'text') => {
  const portion = readRecords(utf8(text), format);
  return portion.kind === 'records' ? portion.records : [Buffer.from(portion.bytes).toString(), portion.lines];
};

describe('kinds of bodies', () => {
  it('goes by the Content-Type', () => {
    expect(formatOf('application/json')).toBe('json');
    expect(formatOf('Application/JSON; charset=UTF-8')).toBe('json');
    expect(formatOf('application/cloudevents+json')).toBe('json');
    expect(formatOf('application/x-ndjson')).toBe('ndjson');
    expect(formatOf('text/plain; charset="us-ascii"')).toBe('text');
    for (const type of [
      undefined,
      '',
      'x',
      'text/html',
      'application/x-www-form-urlencoded',
      'text/plain;charset=latin1',
    ])
      expect(refusalOf(() => formatOf(type))[0]).toBe(415);
  });

  it('reads JSON: an array is many records, anything else one', () => {
    expect(read('[1,{"a":2},null,[3]]', 'json')).toEqual([1, { a: 2 }, null, [3]]);
    expect(read('\uFEFF {"a":"ä€😀"}\n', 'json')).toEqual([{ a: 'ä€😀' }]);
    expect(read('[]', 'json')).toEqual([]);
    expect(read('null', 'json')).toEqual([null]);
  });

  it('reads NDJSON: a record a line, blank ones skipped', () => {
    expect(read('1\n\n{"a":2}\r\n  \n"x"', 'ndjson')).toEqual([1, { a: 2 }, 'x']);
    expect(read('', 'ndjson')).toEqual([]);
  });

  it('reads text: whole lines, the last one ended', () => {
    expect(read('a\n\nb', 'text')).toEqual(['a\n\nb\n', 3]);
    expect(read('a\r\n', 'text')).toEqual(['a\r\n', 1]);
    expect(read('', 'text')).toEqual(['', 0]);
    expect(read('\uFEFFa', 'text')).toEqual(['a\n', 1]);
  });

  it('says what is wrong and where', () => {
    expect(refusalOf(() => read('[1,x]', 'json'))).toEqual([400, 'the body is not JSON: unexpected "x" at position 3']);
    expect(refusalOf(() => read('', 'json'))[1]).toBe('the body is not JSON: unexpected end at position 0');
    expect(refusalOf(() => read('{"a":1', 'json'))[1]).toMatch(/at position 6$/);
    expect(refusalOf(() => read('1\n\n{"a" 2}\n', 'ndjson'))[1]).toMatch(/^line 3 is not JSON: .* at position 5$/);
    // One valid text across two lines is no record of either.
    expect(refusalOf(() => read('[1\n,2]', 'ndjson'))[1]).toMatch(/^line 1 /);
    for (const format of ['json', 'ndjson', 'text'] as const) {
      const broken = Buffer.concat([utf8('"a"\n"b'), Buffer.from([0xc3]), utf8('"\n')]);
      expect(refusalOf(() => readRecords(broken, format))).toEqual([400, 'the body is not UTF-8, first in line 2']);
    }
  });

  it('refuses what nests so deep that a task could not walk it', () => {
    const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    expect(read(deep(500), 'json')).toHaveLength(1);
    expect(refusalOf(() => read(deep(501), 'json'))[0]).toBe(400);
    expect(refusalOf(() => read(`1\n${'{"a":'.repeat(501)}1${'}'.repeat(501)}`, 'ndjson'))[0]).toBe(400);
    expect(nestsDeeper(utf8(`"${'['.repeat(600)}\\"${'{'.repeat(600)}"`), 500)).toBe(false);
    expect(nestsDeeper(utf8('[[],[],[]]'), 2)).toBe(false);
    // The place of a mistake is found without recursion as well.
    expect(refusalOf(() => read('['.repeat(1e6), 'json'))[1]).toMatch(/at position 1000000$/);
  });
});

describe('the place of a mistake in JSON', () => {
  const value = { a: [1, -2.5e3, 0, true, false, null, '\\"x\n', {}, [], ['ä']], 'b c': { d: '' } };
  const texts = [JSON.stringify(value), JSON.stringify(value, null, 2), '"x"', ' 7 '];

  it('is at the end for what is valid', () => {
    for (const text of texts) expect(unexpectedAt(text)).toBe(text.length);
  });

  it('is what makes the text before it hopeless', () => {
    for (const text of texts) {
      for (let at = 0; at < text.length; at++) {
        // Nothing continues with this character, except within a string.
        const broken = `${text.slice(0, at)}\u0001${text.slice(at)}`;
        let found = -1;
        try {
          parseJson(broken, (_reason, position) => {
            found = position;
            return null;
          });
        } catch {}
        expect([text, at, found]).toEqual([text, at, at]);
      }
    }
  });
});
