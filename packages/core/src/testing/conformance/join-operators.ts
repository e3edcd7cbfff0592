import { broadcast, type JoinStrategy } from '../../plan/skew-option.ts';
import type { Operators } from './operators.ts';

/** What may be done about heavy keys in a join, by the name under which jobs of the suite ask for it. */
export const JOIN_STRATEGIES: Readonly<Record<string, JoinStrategy>> = {
  hash: 'hash',
  auto: 'auto',
  'broadcast right': broadcast(),
  'broadcast left': broadcast('left'),
};

/** Joins that allow a strategy. */
export function joinOperators(skew: JoinStrategy): Operators {
  const side = typeof skew === 'object' ? skew.side : null;
  const all: Operators = {
    join: ({ pairs, others }) => pairs.join(others, { skew }),
    leftOuterJoin: ({ pairs, others }) => pairs.leftOuterJoin(others, { skew }),
    rightOuterJoin: ({ pairs, others }) => pairs.rightOuterJoin(others, { skew }),
    'join, and an operator by key': ({ pairs, others }) =>
      pairs
        .join(others, { skew })
        .mapValues(([a, b]) => a + b)
        .reduceByKey((a, b) => Math.max(a, b)),
    'two joins, one after the other': ({ pairs, others }) =>
      pairs
        .join(others, { skew })
        .mapValues(([a, b]) => a - b)
        .join(
          others.mapValues((n) => 2 * n),
          { skew },
        ),
    'join of tuples with state': ({ pairs, others }) =>
      pairs
        .map(([key, value]): [[string, boolean], number] => [[key, value % 2 === 0], value])
        .join(
          others
            .map(([key, value]): [[string, boolean], number] => [[key, true], value])
            .updateStateByKey<[string, boolean], number, number>((values, sum) => values.length + (sum ?? 0)),
          { skew },
        ),
    'in a transformation': ({ pairs, others }) =>
      pairs.transformWith(others, (here, there) => here.join(there, { skew })),
  };
  const refused = side === 'right' ? 'rightOuterJoin' : side === 'left' ? 'leftOuterJoin' : '';
  return Object.fromEntries(Object.entries(all).filter(([name]) => name !== refused));
}
