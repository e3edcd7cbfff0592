import { lookupKey } from '../data/key.ts';
import { refuseNoPair, refuseUndefined } from './checks.ts';
import type { Sliced } from './slices.ts';

/** All values of each key of the small side of a join, by lookup key. */
export type ProbeTable = ReadonlyMap<unknown, readonly unknown[]>;

/** Which side of a join every task has whole. */
export type JoinSide = 'left' | 'right';

/** Records that are handled between two offers to let others run. */
const SLICE = 8192;

/** The table of a side: values of a key in their order. @throws MR_NOT_A_PAIR, MR_UNDEFINED_IN_PAIR */
export function* probeTable(pairs: readonly unknown[], operator: string): Sliced<ProbeTable> {
  const table = new Map<unknown, unknown[]>();
  for (let i = 0; i < pairs.length; i++) {
    const [key, value] = checkedPair(pairs[i], operator);
    const id = lookupKey(key);
    const values = table.get(id);
    if (values === undefined) table.set(id, [value]);
    else values.push(value);
    if (i % SLICE === SLICE - 1) yield undefined;
  }
  return table;
}

/**
 * Joins the records of the large side with a table of the other one, in the order of these records.
 * @param small which side the table is of
 * @param keepsAlone whether a record whose key the table does not have is kept, with null
 */
export function* probe(
  pairs: readonly unknown[],
  table: ProbeTable,
  {
    small,
    keepsAlone,
    operator,
  }: { readonly small: JoinSide; readonly keepsAlone: boolean; readonly operator: string },
): Sliced<unknown[]> {
  const out: unknown[] = [];
  const none: readonly unknown[] = keepsAlone ? [null] : [];
  for (let i = 0; i < pairs.length; i++) {
    const [key, value] = checkedPair(pairs[i], operator);
    const others = table.get(lookupKey(key)) ?? none;
    for (let j = 0; j < others.length; j++)
      out.push([key, small === 'right' ? [value, others[j]] : [others[j], value]]);
    if (i % SLICE === SLICE - 1) yield undefined;
  }
  return out;
}

function checkedPair(pair: unknown, operator: string): readonly [unknown, unknown] {
  if (!Array.isArray(pair) || pair.length !== 2) refuseNoPair(pair, operator);
  const [key, value] = pair as unknown as readonly [unknown, unknown];
  if (key === undefined || value === undefined) refuseUndefined(key, operator);
  return [key, value];
}
