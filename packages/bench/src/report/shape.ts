/** What a value has to be. */
export interface Kind {
  /** In words, behind `has to be`. */
  readonly words: string;
  readonly is: (value: unknown) => boolean;
}

/** The fields of an object: what each has to be, and whether it may be left out. */
export type Shape = Readonly<Record<string, Kind | readonly [Kind, 'or left out']>>;

export const TEXT: Kind = { words: 'a text', is: (value) => typeof value === 'string' };
export const NUMBER: Kind = { words: 'a number', is: Number.isFinite };
export const POSITIVE: Kind = { words: 'a number above 0', is: (value) => Number.isFinite(value) && Number(value) > 0 };
export const COUNT: Kind = {
  words: 'a whole number of at least 1',
  is: (value) => Number.isInteger(value) && Number(value) >= 1,
};
export const BOOLEAN: Kind = { words: 'true or false', is: (value) => typeof value === 'boolean' };
export const LIST: Kind = { words: 'a list', is: Array.isArray };
export const NUMBERS: Kind = {
  words: 'a list of numbers',
  is: (value) => Array.isArray(value) && value.every(Number.isFinite),
};
export const TEXTS: Kind = {
  words: 'a list of texts',
  is: (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
};
export const OBJECT: Kind = {
  words: 'an object',
  is: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

/** One of several texts. */
export const oneOf = (...texts: readonly string[]): Kind => ({
  words: `one of ${texts.map((text) => JSON.stringify(text)).join(', ')}`,
  is: (value) => texts.includes(value as string),
});

/** What both of two kinds are. */
export const either = (one: Kind, other: Kind): Kind => ({
  words: `${one.words}, or ${other.words}`,
  is: (value) => one.is(value) || other.is(value),
});

export const NULL: Kind = { words: 'null', is: (value) => value === null };

/**
 * Checks the fields of an object.
 *
 * @param what it is, as messages begin @param exact whether other fields are refused
 * @throws Error naming the first field that is missing, is something else, or is not known
 */
export function checkShape(what: string, value: unknown, shape: Shape, { exact }: { readonly exact: boolean }): void {
  if (!OBJECT.is(value)) throw new Error(`${what} is ${said(value)}, and has to be an object`);
  const fields = value as Readonly<Record<string, unknown>>;
  for (const [name, expected] of Object.entries(shape)) {
    const [kind, mayLack] = 'words' in expected ? [expected, false] : [expected[0], true];
    const found = fields[name];
    if (found === undefined) {
      if (mayLack) continue;
      throw new Error(`${what}: its field ${name} is missing`);
    }
    if (kind.is(found)) continue;
    const why = found === null && kind.is(1) ? ' (what NaN and infinite numbers become)' : '';
    throw new Error(`${what}: its field ${name} is ${said(found)}${why}, and has to be ${kind.words}`);
  }
  const foreign = exact ? Object.keys(fields).find((name) => !Object.hasOwn(shape, name)) : undefined;
  if (foreign !== undefined)
    throw new Error(`${what}: its field ${foreign} is none that it may have: ${Object.keys(shape).join(', ')}`);
}

/** A longer text says no more of what is wrong. */
const MOST_SAID = 80;

/** A value in a message: large ones by their kind. */
export function said(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return value === null ? 'null' : 'an object';
  if (typeof value === 'function') return 'a function';
  return typeof value === 'string' ? JSON.stringify(value).slice(0, MOST_SAID) : String(value);
}
