import { expect, test } from 'vitest';
import { seededRandom } from '../lineage/builtins.ts';
import { type JoinKey, type JoinKind, planJoin } from './join-plan.ts';

const RUNS = 500;
const SEED = process.env['MILLRACE_SEED'] ?? String(Date.now());
const INNER: JoinKind = { left: false, right: false };

function side(records: number): JoinKey['sides'][number] {
  return records === 0 ? [] : [{ stage: 0, map: 0, bucket: 0, records }];
}

const key = (home: number, rows: number, columns: number): JoinKey => ({
  key: `k${home}`,
  home,
  sides: [side(rows), side(columns)],
});

test(`the pieces of a key, partition after partition, are its pairs in their order, seed ${SEED}`, () => {
  const random = seededRandom(SEED);
  for (let run = 0; run < RUNS; run++) {
    const partitions = 1 + Math.floor(random() * 8);
    const kind = { left: random() < 0.5, right: random() < 0.5 };
    const size = () => (random() < 0.2 ? 0 : 1 + Math.floor(random() ** 3 * 40));
    const keys = Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
      key(Math.floor(random() * partitions), size(), size()),
    );
    const base = Array.from({ length: partitions }, () => Math.floor(random() * 300));
    const plan = planJoin(keys, base, kind);
    const made = keys.map((): string[] => []);
    const loads = [...base];
    for (const [p, pieces] of plan.pieces.entries()) {
      for (const { heavy, rows, columns } of pieces) {
        for (const row of range(rows)) for (const column of range(columns)) made[heavy]!.push(`${row}:${column}`);
        loads[p]! += Math.max(1, rows[1] - rows[0]) * Math.max(1, columns[1] - columns[0]);
      }
    }
    const expected = keys.map(({ sides: [left, right] }) => {
      const [rows, columns] = [left[0]?.records ?? 0, right[0]?.records ?? 0];
      if ((columns === 0 && !kind.left) || (rows === 0 && !kind.right) || rows + columns === 0) return [];
      return range([0, rows]).flatMap((row) => range([0, columns]).map((column) => `${row}:${column}`));
    });
    expect(made, `seed ${SEED}, run ${run}`).toEqual(expected);
    expect(plan.loads).toEqual(loads);
  }
});

/** The numbers of a range; what is not there stands for itself. */
function range([from, to]: readonly [number, number]): string[] {
  return from === to ? ['-'] : Array.from({ length: to - from }, (_, i) => String(from + i));
}

test('partitions are even, whichever side is heavy', () => {
  for (const [rows, columns] of [
    [10_000, 1],
    [1, 10_000],
    [100, 100],
    [3, 3333],
  ] as const) {
    const { loads } = planJoin([key(2, rows, columns)], [100, 300, 250, 0], INNER);
    expect(Math.max(...loads) / (loads.reduce((sum, n) => sum + n, 0) / 4)).toBeLessThan(1.01);
  }
});

test('a key that fits where it belongs stays there', () => {
  const { pieces } = planJoin([key(1, 10, 2)], [200, 100], INNER);
  expect(pieces).toEqual([[], [{ heavy: 0, rows: [0, 10], columns: [0, 2] }]]);
});

test('values that stand alone are cut as well, where the join keeps them', () => {
  const keys = [key(0, 90, 0)];
  const kept = planJoin(keys, [0, 0, 0], { left: true, right: false });
  expect(kept.pieces).toEqual([
    [{ heavy: 0, rows: [0, 30], columns: [0, 0] }],
    [{ heavy: 0, rows: [30, 60], columns: [0, 0] }],
    [{ heavy: 0, rows: [60, 90], columns: [0, 0] }],
  ]);
  expect(planJoin(keys, [0, 0, 0], INNER).pieces).toEqual([[], [], []]);
});
