/*
 * A key with a salt before it. Texts and numbers stay texts, which are hashed and compared in no time; a pair of both, which any other key becomes,
 * is compared by its contents.
 */

/** A key by which values are put together for each salt. */
export function saltedKey(salt: number, key: unknown): unknown {
  if (typeof key === 'string') return `s${salt} ${key}`;
  // -0 is a text of its own: it meets 0 when the salt is gone.
  if (typeof key === 'number') return `n${salt} ${Object.is(key, -0) ? '-0' : key}`;
  return [salt, key];
}

/** The key that was salted. */
export function keyWithoutSalt(salted: unknown): unknown {
  if (typeof salted !== 'string') return (salted as readonly [number, unknown])[1];
  const text = salted.slice(salted.indexOf(' ') + 1);
  return salted.charCodeAt(0) === NUMBER ? Number(text) : text;
}

const NUMBER = 'n'.charCodeAt(0);
