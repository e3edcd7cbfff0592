/** The class that Spark throws in the same situation; the vectors of the specification are written in these names. */
export type SparkClass =
  | 'IllegalArgumentException'
  | 'IllegalStateException'
  | 'SparkException'
  | 'NoSuchElementException'
  | 'UnsupportedOperationException';

/**
 * One kind of error. `message` is the sentence that names the object, the value and the rule; `help` is what to do about
 * it. Both end with a full stop. `P` is the parameters that whoever raises the error has to give.
 */
export interface Entry<P = never> {
  readonly message: (p: P) => string;
  readonly help: string;
  readonly spark?: SparkClass;
}

/** A duration, count, key or other value as it should look inside a sentence: short, on one line, never throwing. */
export function show(value: unknown): string {
  let text: string;
  try {
    if (typeof value === 'string') text = JSON.stringify(value);
    else if (typeof value === 'bigint') text = `${value}n`;
    else if (typeof value === 'function') text = `function ${value.name || '(anonymous)'}`;
    else if (value instanceof Error) text = String(value);
    else if (typeof value === 'object' && value !== null)
      text =
        JSON.stringify(value, (_k, v) => (typeof v === 'bigint' ? `${v}n` : v)) ??
        Object.prototype.toString.call(value);
    else text = Object.is(value, -0) ? '-0' : String(value);
  } catch {
    // A cycle, or a toJSON of the user's that throws.
    text = Object.prototype.toString.call(value);
  }
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/** What a value is, in two or three words: "undefined", "an array of 3", "a Promise", "the number 3". */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (typeof value === 'object') {
    const name = Object.getPrototypeOf(value)?.constructor?.name;
    return name && name !== 'Object' ? `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}` : `the object ${show(value)}`;
  }
  return `the ${typeof value} ${typeof value === 'symbol' ? String(value) : show(value)}`;
}
