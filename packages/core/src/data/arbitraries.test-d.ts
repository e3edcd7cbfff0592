import fc from 'fast-check';

/*
 * Values for property tests. fast-check prints the seed and the path of a counterexample when a property fails; pass them
 * to fc.assert to see it again. The file's name keeps it out of the build and out of the list of tests.
 */

/** Any Unicode, without lone surrogates, which no codec keeps. */
export const text = fc.string({ unit: 'binary' });

/** Primitives that may be keys. */
export const primitive = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 100n), max: 2n ** 100n }),
);

const property = text.filter((key) => key !== '__proto__');

/** Anything a record may consist of, nested. */
export const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    primitive,
    fc.date({ min: new Date(-8e13), max: new Date(8e13), noInvalidDate: false }),
    fc.uint8Array({ maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(property, fc.oneof(tie('value'), fc.constant(undefined)), { maxKeys: 4, noNullPrototype: true }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 3 }).map((members) => new Set(members)),
  ),
}));

/** What a codec makes of a value: 0 for -0 and nothing else. */
export function settled(v: unknown): unknown {
  if (v === 0) return 0;
  if (Array.isArray(v)) return v.map(settled);
  if (v instanceof Map) return new Map(Array.from(v, ([k, x]) => [settled(k), settled(x)]));
  if (v instanceof Set) return new Set(Array.from(v, settled));
  if (typeof v === 'object' && v !== null && Object.getPrototypeOf(v) === Object.prototype)
    return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, settled(x)]));
  return v;
}
