import { expect, test } from 'vitest';
import { seededRandom } from '../lineage/builtins.ts';
import { followJoin, type JoinKey, type JoinKind, type JoinPlan, planJoin } from './join-plan.ts';

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

const named = (name: string, home: number, rows: number, columns: number): JoinKey => ({
  ...key(home, rows, columns),
  key: name,
});

test('a plan that is followed has every pair where it was, whatever else is heavy now and however values are cut', () => {
  const kind = { left: true, right: false };
  const earlier = planJoin([named('a', 0, 90, 2), named('b', 1, 30, 0)], [10, 20, 30], kind);
  const cut: JoinKey = {
    key: 'a',
    home: 0,
    sides: [[4, 80, 6].map((records, map) => ({ stage: 3, map, bucket: 0, records })), side(2)],
  };
  const keys = [named('c', 2, 7, 3), named('b', 1, 30, 0), cut, named('d', 0, 0, 5)];
  const followed = followJoin(earlier, keys, [9, 20, 23], kind) as JoinPlan;
  expect(followed.keys).toBe(keys);
  // Of now, c is at home, and d has no pair.
  const now = earlier.pieces.map((list) => list.map((piece) => ({ ...piece, heavy: [2, 1][piece.heavy] })));
  expect(followed.pieces).toEqual([now[0], now[1], [...now[2]!, { heavy: 0, rows: [0, 7], columns: [0, 3] }]]);
  expect(followed.loads).toEqual([earlier.loads[0]! - 1, earlier.loads[1], earlier.loads[2]! - 7 + 21]);
});

test('a plan about other values is not followed', () => {
  const about = [named('a', 0, 90, 2)];
  const earlier = planJoin(about, [10, 20], INNER);
  const follow = (keys: readonly JoinKey[], loads = [10, 20]) => followJoin(earlier, keys, loads, INNER);
  expect(follow(about)).toEqual(earlier);
  expect(follow([named('b', 0, 90, 2)])).toBeNull();
  expect(follow([named('a', 1, 90, 2)])).toBeNull();
  expect(follow([named('a', 0, 91, 2)])).toBeNull();
  expect(follow([named('a', 0, 90, 1)])).toBeNull();
  expect(follow(about, [10, 20, 0])).toBeNull();
});
