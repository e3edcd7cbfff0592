import { describe, expect, test } from 'vitest';
import { error, fromErrorData, isMillraceError, MillraceError, toErrorData } from './index.ts';

/** As a message to another thread does it. */
const travel = (e: unknown): Error => fromErrorData(structuredClone(toErrorData(e)));

describe('errors between threads', () => {
  test('a MillraceError arrives as one, with code, details, stack and the causes of the user', () => {
    const cause = new RangeError('the user divided by zero');
    const sent = error(
      'MR_TASK_FAILED',
      { operator: 'map', batchTime: 1000, partition: 2, attempt: 1, reason: 'RangeError' },
      { cause },
    );
    const got = travel(sent);
    expect(got).toBeInstanceOf(MillraceError);
    expect(isMillraceError(got, 'MR_TASK_FAILED')).toBe(true);
    expect(got.message).toBe(sent.message);
    expect(got.stack).toBe(sent.stack);
    expect((got as MillraceError).details).toEqual(sent.details);
    expect(got.cause).toBeInstanceOf(Error);
    expect((got.cause as Error).name).toBe('RangeError');
    expect((got.cause as Error).stack).toBe(cause.stack);
  });

  test('other errors keep name, message, stack and code', () => {
    const sent = Object.assign(new TypeError('no such file'), { code: 'ENOENT' });
    const got = travel(sent) as Error & { code: string };
    expect([got.name, got.message, got.code, got.stack]).toEqual(['TypeError', 'no such file', 'ENOENT', sent.stack]);
    expect(String(got)).toBe('TypeError: no such file');
  });

  test.each([[undefined], [null], ['text'], [42], [Symbol('s')], [{ a: 1 }], [() => 1]])(
    'anything may be thrown: %o',
    (thrown) => {
      expect(travel(thrown).message).toContain('not an Error was thrown');
    },
  );

  test('details that cannot be cloned become text', () => {
    const sent = error('MR_OPTION', { option: 'f', value: () => 1, rule: 'must be a number' });
    expect((travel(sent) as MillraceError).details).toEqual({
      option: 'f',
      value: '() => 1',
      rule: 'must be a number',
    });
  });

  test('a cycle of causes ends', () => {
    const a = new Error('a');
    const b = new Error('b', { cause: a });
    a.cause = b;
    let depth = 0;
    for (let e: unknown = travel(a); e instanceof Error; e = e.cause) depth++;
    expect(depth).toBe(17);
  });
});
