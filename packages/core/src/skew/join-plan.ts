import { lookupKey } from '../data/key.ts';
import { takersOf } from './takers.ts';

/** Some values of a split key on one side of a join. */
export interface JoinFragment {
  /** Where it is: a stage, the index of its map output, and a bucket of that. */
  readonly stage: number;
  readonly map: number;
  readonly bucket: number;
  readonly records: number;
}

/** A key of a join that is split. */
export interface JoinKey {
  readonly key: unknown;
  /** The partition of its hash. */
  readonly home: number;
  /** All values of the left and of the right side, in the order in which they came. */
  readonly sides: readonly [readonly JoinFragment[], readonly JoinFragment[]];
}

/** A rectangle of the pairs of a key: values `rows` of the left side with values `columns` of the right one. Ends are excluded. */
export interface Rectangle {
  /** Index of the key in the plan. */
  readonly heavy: number;
  readonly rows: readonly [from: number, to: number];
  readonly columns: readonly [from: number, to: number];
}

/** Which pairs of split keys each partition makes, besides those of its other keys. Plain data. */
export interface JoinPlan {
  readonly keys: readonly JoinKey[];
  /** For each partition, those of a key in the order of its pairs. */
  readonly pieces: readonly (readonly Rectangle[])[];
  /** Records of each partition: those of keys that are not split as they come, of the others the pairs that it makes. */
  readonly loads: readonly number[];
}

/** What of a join may stand alone: a value of the left side, one of the right side. */
export interface JoinKind {
  readonly left: boolean;
  readonly right: boolean;
}

/**
 * Lays the pairs of heavy keys over the partitions of a join. The pairs of a key, in the order in which a join makes them (all of the first value
 * of the left side, then all of the second), are cut into ranges; a later range lies in a later partition. Both sides may be heavy: cuts are
 * between pairs, not between values. Where one side has nothing, the other one's values stand alone if the join keeps them: those are
 * cut in the same way.
 *
 * Depends on its arguments alone.
 *
 * @param loads records of each partition without those of the keys
 */
export function planJoin(keys: readonly JoinKey[], loads: readonly number[], kind: JoinKind): JoinPlan {
  const out = [...loads];
  const pieces: Rectangle[][] = loads.map(() => []);
  const sized = keys.map(({ home, sides }, heavy) => ({ heavy, home, ...sizeOf(sides, kind) }));
  const share =
    (loads.reduce((sum, n) => sum + n, 0) + sized.reduce((sum, { pairs }) => sum + pairs, 0)) / loads.length;
  // Sorting is stable: of equally heavy keys the one that came first is first.
  for (const key of [...sized].sort((a, b) => b.pairs - a.pairs)) {
    const { heavy, pairs, rows, columns } = key;
    if (pairs === 0) continue;
    let from = 0;
    for (const [p, to] of cutsOf(key, share, out)) {
      if (to > from) pieces[p]!.push(...rectangles(heavy, from, to, rows, columns));
      out[p]! += to - from;
      from = to;
    }
  }
  return { keys, pieces, loads: out };
}

/**
 * The plan that has each pair where an earlier plan of the same join had it, for whoever has written some of them may have done so for good.
 * Other keys may be heavy now, and their values in other fragments: keys that the earlier plan has not split are at home.
 *
 * @param keys those of the earlier plan, and others, in any order
 * @param loads records of each partition without those of the keys
 * @returns null where the earlier plan was about other values
 */
export function followJoin(
  earlier: JoinPlan,
  keys: readonly JoinKey[],
  loads: readonly number[],
  kind: JoinKind,
): JoinPlan | null {
  if (earlier.pieces.length !== loads.length) return null;
  const numbers = new Map(keys.map(({ key }, heavy) => [lookupKey(key), heavy]));
  /** By index in the earlier plan, that of now. */
  const places: number[] = [];
  for (const { key, home, sides } of earlier.keys) {
    const heavy = numbers.get(lookupKey(key));
    if (heavy === undefined || keys[heavy]!.home !== home || !areAsLong(keys[heavy]!.sides, sides)) return null;
    places.push(heavy);
  }
  const out = [...loads];
  const pieces = earlier.pieces.map((list) => list.map((piece) => ({ ...piece, heavy: places[piece.heavy]! })));
  for (const [p, list] of pieces.entries()) for (const piece of list) out[p]! += pairsOf(piece);
  const split = new Set(places);
  for (const [heavy, { home, sides }] of keys.entries()) {
    const { pairs, rows, columns } = sizeOf(sides, kind);
    if (split.has(heavy) || pairs === 0) continue;
    pieces[home]!.push(...rectangles(heavy, 0, pairs, rows, columns));
    out[home]! += pairs;
  }
  return { keys, pieces, loads: out };
}

/** How many pairs a key has, or values that stand alone. `rows` and `columns` say how those are laid out. */
function sizeOf([left, right]: JoinKey['sides'], kind: JoinKind) {
  const [rows, columns] = [recordsOf(left), recordsOf(right)];
  if (columns === 0) return { rows, columns, pairs: kind.left ? rows : 0 };
  if (rows === 0) return { rows, columns, pairs: kind.right ? columns : 0 };
  return { rows, columns, pairs: rows * columns };
}

function recordsOf(side: readonly JoinFragment[]): number {
  return side.reduce((sum, { records }) => sum + records, 0);
}

/** Whether a key has as many values, on each side. */
function areAsLong(a: JoinKey['sides'], b: JoinKey['sides']): boolean {
  return recordsOf(a[0]) === recordsOf(b[0]) && recordsOf(a[1]) === recordsOf(b[1]);
}

/** How many pairs a rectangle has, or values that stand alone. */
function pairsOf({ rows, columns }: Rectangle): number {
  return Math.max(1, rows[1] - rows[0]) * Math.max(1, columns[1] - columns[0]);
}

/** The partitions that a key is laid over, each with the pair at which it ends. */
function cutsOf(
  { home, pairs }: { readonly home: number; readonly pairs: number },
  share: number,
  loads: readonly number[],
): (readonly [partition: number, end: number])[] {
  const takers = takersOf(home, pairs, share, loads);
  let end = 0;
  return takers.map((p, i) => {
    const room = Math.max(0, Math.round(share - loads[p]!));
    end = i === takers.length - 1 ? pairs : Math.min(pairs, end + room);
    return [p, end] as const;
  });
}

/** A range of pairs as rectangles: the end of a row, whole rows, the beginning of one. */
function rectangles(heavy: number, from: number, to: number, rows: number, columns: number): Rectangle[] {
  if (columns === 0) return [{ heavy, rows: [from, to], columns: [0, 0] }];
  if (rows === 0) return [{ heavy, rows: [0, 0], columns: [from, to] }];
  const out: Rectangle[] = [];
  for (let at = from; at < to; ) {
    const row = Math.floor(at / columns);
    const column = at - row * columns;
    const whole = Math.floor(to / columns) - row;
    if (column === 0 && whole > 0) {
      out.push({ heavy, rows: [row, row + whole], columns: [0, columns] });
      at += whole * columns;
    } else {
      const end = Math.min(to, (row + 1) * columns);
      out.push({ heavy, rows: [row, row + 1], columns: [column, column + end - at] });
      at = end;
    }
  }
  return out;
}
