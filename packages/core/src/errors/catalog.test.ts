import { describe, expect, test } from 'vitest';
import { describe as describeValue } from './entry.ts';
import { catalog, type ErrorCode, error, isMillraceError, MillraceError, show } from './index.ts';

/** Any params: messages must print whatever they are given. */
const LISTS: Readonly<Record<string, readonly unknown[]>> = {
  operators: [1, 2],
  slides: [1, 2],
  known: ['a', 'b'],
  outputs: ['a', 'b'],
  differences: [{ name: 'a', before: 'b', now: 'c' }],
  directories: [{ directory: 'a', left: 'b', output: 'c', reason: 'd' }],
  refused: [{ output: 'a', operator: 'b', kind: 'c', reason: 'd' }],
};
const anyParams = new Proxy({}, { get: (_t, key) => LISTS[String(key)] ?? String(key) });

describe('the catalogue', () => {
  test.each(Object.keys(catalog) as ErrorCode[])('%s has a sentence and a help', (code) => {
    const made = error(code, anyParams as never);
    expect(made.message).toMatch(/^\S.*\. \S.*\.$/s);
    expect(made.message).not.toMatch(/undefined is undefined|\[object|\.\.( |$)/);
    expect(code).toMatch(/^MR_[A-Z_]+$/);
  });

  test('an error names object, value and rule, and carries its params', () => {
    const made = error('MR_WINDOW_MULTIPLE', { operator: 'window', name: 'slide', value: 1500, parentSlide: 1000 });
    expect(made.message).toBe(
      'The slide of window is 1500 ms; it must be a multiple of 1000 ms, the slide of the stream it is applied to. ' +
        'Choose a multiple, or change the batch interval.',
    );
    expect(made).toBeInstanceOf(MillraceError);
    expect(made.details).toEqual({ operator: 'window', name: 'slide', value: 1500, parentSlide: 1000 });
    expect(String(made)).toMatch(/^MillraceError \[MR_WINDOW_MULTIPLE\]: The slide/);
    expect(made.stack).not.toContain('catalog.ts');
  });

  test('the missing value of an incremental window reads as in Spark', () => {
    const { message } = error('MR_WINDOW_VALUE_MISSING', { operator: 'reduceByKeyAndWindow', key: 'a' });
    expect(message).toContain('Neither previous window has value for key');
    expect(message).toContain('nor new values found');
  });

  test('a cause is kept, and absent when there is none', () => {
    const cause = new Error('boom');
    expect(error('MR_NO_OUTPUT', {}, { cause }).cause).toBe(cause);
    expect('cause' in error('MR_NO_OUTPUT', {})).toBe(false);
  });
});

describe('isMillraceError', () => {
  test('goes by name and code, so that copies of the class count', () => {
    const e = error('MR_NO_OUTPUT', {});
    expect(isMillraceError(e)).toBe(true);
    expect(isMillraceError(e, 'MR_NO_OUTPUT')).toBe(true);
    expect(isMillraceError(e, 'MR_OPTION')).toBe(false);
    expect(isMillraceError(Object.assign(new Error('x'), { name: 'MillraceError', code: 'MR_OPTION' }))).toBe(true);
    for (const other of [
      null,
      undefined,
      'MR_OPTION',
      new Error('x'),
      Object.assign(new Error('x'), { code: 'ENOENT' }),
    ])
      expect(isMillraceError(other)).toBe(false);
  });
});

describe('values in sentences', () => {
  test('show', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    expect([show('a'), show(-0), show(2n), show(Number.NaN), show(undefined), show({ a: 1n })]).toEqual([
      '"a"',
      '-0',
      '2n',
      'NaN',
      'undefined',
      '{"a":"1n"}',
    ]);
    expect(show(cycle)).toBe('[object Object]');
    expect(show('x'.repeat(500))).toHaveLength(120);
  });

  test('describe', () => {
    const found = [undefined, null, [1, 2], () => 1, new Map(), { a: 1 }, 'x', 3, Object.create(null)].map(
      describeValue,
    );
    expect(found).toEqual([
      'undefined',
      'null',
      'an array of 2',
      'the function (anonymous)',
      'a Map',
      'the object {"a":1}',
      'the string "x"',
      'the number 3',
      'the object {}',
    ]);
  });
});
