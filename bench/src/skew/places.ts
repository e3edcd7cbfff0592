/** Where in the grid a cell lies. */
export interface Place {
  /** Zipf's exponent; 0: even. */
  readonly s: number;
  /** Keys that records are drawn from. */
  readonly keys: number;
  readonly partitions: number;
}

/** The sides of the grid. */
export const SIDES = {
  s: [0, 0.5, 0.8, 1, 1.2, 1.5, 2],
  keys: [1e4, 1e5, 1e6],
  partitions: [2, 4, 8, 16],
} as const;

/** Where one of both varies, the other one is so. */
export const USUAL = { keys: 1e5, partitions: 8 } as const;
/** Where keys or partitions vary alone, s has these values. */
const CROSSED: readonly number[] = [1, 1.5];

/** The cells of the grid: all of them, or for a quick look a cross of all s at the usual place and of keys and partitions one at a time. Neighbours have the same keys and s. */
export function places(quick: boolean): Place[] {
  const all = SIDES.keys.flatMap((keys) =>
    SIDES.s.flatMap((s) => SIDES.partitions.map((partitions) => ({ s, keys, partitions }))),
  );
  return quick ? all.filter(isOfCross) : all;
}

function isOfCross({ s, keys, partitions }: Place): boolean {
  const unusual = (keys === USUAL.keys ? 0 : 1) + (partitions === USUAL.partitions ? 0 : 1);
  return unusual === 0 || (unusual === 1 && CROSSED.includes(s));
}

/** The lines of a heat map: the usual place first, then what is beside it. */
export function linesOf(some: readonly Place[]): { readonly keys: number; readonly partitions: number }[] {
  const away = ({ keys, partitions }: { keys: number; partitions: number }) =>
    (keys === USUAL.keys ? 0 : 1) + (partitions === USUAL.partitions ? 0 : 1);
  const lines = SIDES.keys.flatMap((keys) => SIDES.partitions.map((partitions) => ({ keys, partitions })));
  return lines
    .filter((line) => some.some(({ keys, partitions }) => keys === line.keys && partitions === line.partitions))
    .sort((a, b) => away(a) - away(b));
}

/** A power of ten as reports have it. */
export function tens(n: number): string {
  return `10${[...String(Math.round(Math.log10(n)))].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('')}`;
}
