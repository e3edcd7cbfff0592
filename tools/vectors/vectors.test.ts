import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type PartRules, partOf } from './format.ts';
import { reportLines } from './report.ts';
import { PUBLIC_FILE, readVectors, reasonToSkip, runVectors } from './suite.ts';

const vectors = readVectors(PUBLIC_FILE);

describe.each(['single', 'threads'] as const)('public vectors on %s', (backend) => {
  test('those of this part pass, those of others are named', async () => {
    const outcomes = await runVectors(vectors, backend);
    expect(outcomes.filter((o) => o.result === 'failed').map((o) => `${o.vector.id}: ${o.detail}`)).toEqual([]);
    expect(outcomes.filter((o) => o.result === 'passed')).toHaveLength(195);
    expect(outcomes.filter((o) => o.result === 'skipped')).toHaveLength(15);
  });
});

test('of the parts that are done nothing is skipped but what has no meaning here', () => {
  const rules = JSON.parse(readFileSync(new URL('./data/vectors.parts.json', import.meta.url), 'utf8')) as PartRules;
  const skipped = vectors.filter((v) => reasonToSkip(v) !== null && [1, 2, 3, 4].includes(partOf(v, rules) as number));
  expect(skipped.map((v) => v.id)).toEqual([
    'cp-checkpoint-files-race',
    'wal-batch-time',
    'wal-close-after-write',
    'wal-selection',
    'kafka-executor-order',
  ]);
  for (const v of skipped) expect(reasonToSkip(v)).toMatch(/^does not apply: /);
});

test('where the engine differs knowingly, it is said', async () => {
  const lines = reportLines(await runVectors(vectors, 'single'));
  expect(lines.filter((line) => line.startsWith('differs from Spark'))).toEqual([
    expect.stringContaining('ctx-getOrCreate: getOrCreate(corrupted, true, false): there is no createOnError'),
    expect.stringContaining('ctx-getOrCreate: getOrCreate(valid, false, true): the parallelism'),
  ]);
  expect(lines).toContainEqual(expect.stringMatching(/^not run: trace \/ FileWAL \(does not apply: .*wal-close/));
});

describe('a wrong expectation is found', () => {
  const byId = new Map(vectors.map((v) => [v.id, v]));
  /** Changes one value deep inside, of whatever type. */
  const spoil = (value: unknown): unknown => {
    if (Array.isArray(value))
      return value.length === 0 ? [['spoiled', 1]] : [...value.slice(0, -1), spoil(value[value.length - 1])];
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value);
      // Retention rows end with what the suite asserts literally, which follows from the rest.
      const [key, last] = entries.filter(([name]) => !name.startsWith('asserted')).at(-1) as [string, unknown];
      return { ...value, [key]: spoil(last) };
    }
    if (value === null) return [['spoiled', 1]];
    return typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : `${value} spoiled`;
  };

  test('in every vector that has one', async () => {
    const mine = vectors.filter((v) => reasonToSkip(v) === null);
    // An error in another place, or nothing to check at the end, is no expectation that a value can spoil.
    const spoilable = mine.filter((v) => {
      const last = Array.isArray(v.expected) ? v.expected[v.expected.length - 1] : v.expected;
      return v.expectedError === undefined && (v.kind !== 'trace' || last !== null);
    });
    const outcomes = await runVectors(
      spoilable.map((v) => ({
        ...v,
        // Bounds that are a little wider hold as well.
        expected: v.check === 'bounds' ? [...(v.expected as unknown[]).slice(0, -1), [1e12, 2e12]] : spoil(v.expected),
      })),
      'single',
    );
    expect(outcomes.filter((o) => o.result !== 'failed').map((o) => o.vector.id)).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(130);
  });

  test('and shown with the actual value', async () => {
    const [vector] = [byId.get('time-plus')].filter((v) => v !== undefined);
    const lines = reportLines(await runVectors([{ ...vector, expected: [1, 1000] }], 'single'));
    expect(lines[0]).toContain('FAILED time-plus: Time.plus(1000, 100)');
    expect(lines[0]).toMatch(/expected: 1\n\s+actual: {3}1100/);
    expect(lines.at(-1)).toBe('0 passed, 1 failed, 0 skipped');
  });

  test.each([
    ['basic-transform-none', { class: 'IllegalStateException' }],
    ['py-failed-batch', { messageContains: 'something else' }],
    ['py-failed-batch', { atBatch: 2 }],
    ['src-slide-mismatch', { phase: 'task' }],
    ['basic-transform-null', { phase: 'task' }],
  ])('also in the error of %s', async (id, change) => {
    const vector = byId.get(id);
    if (vector?.expectedError === undefined) throw new Error(`no vector ${id}`);
    const spoiled = { ...vector, expectedError: { ...vector.expectedError, ...change } as typeof vector.expectedError };
    const [outcome] = await runVectors([spoiled], 'single');
    expect(outcome.result).toBe('failed');
  });
});
