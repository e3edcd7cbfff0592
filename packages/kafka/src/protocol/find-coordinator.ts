import type { CompactRequest } from './request.ts';

/** Of what a coordinator is looked for. */
const KEY_TYPES = { group: 0, transaction: 1 } as const;

/** Asks which broker keeps a group, or the transactions of a producer. */
export function findCoordinatorRequest(
  type: keyof typeof KEY_TYPES,
  name: string,
): CompactRequest<{ readonly error: number; readonly broker: number }> {
  return {
    key: 10,
    version: 3,
    name: 'FindCoordinator',
    write: (to) => to.text(name).int8(KEY_TYPES[type]).end(),
    read(from) {
      from.int32();
      const error = from.int16();
      from.text();
      return { error, broker: from.int32() };
    },
  };
}
