/**
 * Parses JSON, and says where it is wrong.
 *
 * @param bad makes the error of a reason and a position in UTF-16 units, from 0
 * @example
 * ```ts
 * parseJson('[1, 2]', (reason, position) => new Error(`${reason} at ${position}`)); // [1, 2]
 * ```
 */
export function parseJson(text: string, bad: (reason: string, position: number) => unknown): unknown {
  try {
    return JSON.parse(text);
  } catch (e) {
    const { message } = e as SyntaxError;
    const [, reason, position] = /^(.*?) in JSON at position (\d+)/.exec(message) ?? [];
    if (reason !== undefined) throw bad(reason, Number(position));
    // The engine says where for some mistakes only, and quotes the text instead.
    const at = unexpectedAt(text);
    throw at >= text.length
      ? bad('unexpected end', text.length)
      : bad(`unexpected ${JSON.stringify(String.fromCodePoint(text.codePointAt(at)!))}`, at);
  }
}

const SPACE = /[ \t\r\n]*/y;
/** Control characters and escapes are mistakes that the engine itself finds the place of. */
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * Position of the first character that JSON cannot have where it is; the length of the text if that ends too soon or has no mistake. Keeps its
 * own stack, so that depth costs no recursion.
 */
export function unexpectedAt(text: string): number {
  let at = 0;
  const open: ('[' | '{')[] = [];
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  /** 'value': one has to come; 'first': one, or the end of what was just opened; 'after': a value has ended. */
  let state: 'value' | 'first' | 'after' = 'value';
  for (;;) {
    take(SPACE);
    const c = text[at];
    if (state === 'after') {
      if (open.length === 0 || c === undefined) return at;
      const inside = open[open.length - 1]!;
      if (c === (inside === '[' ? ']' : '}')) open.pop();
      else if (c === ',') state = 'value';
      else return at;
      at++;
      continue;
    }
    const inside = open[open.length - 1];
    if (state === 'first' && c === (inside === '[' ? ']' : '}')) {
      open.pop();
      at++;
      state = 'after';
      continue;
    }
    if (inside === '{') {
      if (!take(STRING)) return at;
      take(SPACE);
      if (text[at] !== ':') return at;
      at++;
      take(SPACE);
    }
    const value = text[at];
    if (value === '[' || value === '{') {
      open.push(value);
      at++;
      state = 'first';
      continue;
    }
    const word = value === 't' ? 'true' : value === 'f' ? 'false' : value === 'n' ? 'null' : '';
    if (word !== '') {
      for (const letter of word) {
        if (text[at] !== letter) return at;
        at++;
      }
    } else if (!take(value === '"' ? STRING : NUMBER)) return at;
    state = 'after';
  }
}

/** Whether JSON that is valid has arrays and objects in each other at more than so many levels. Several values are fine. */
export function nestsDeeper(bytes: Uint8Array, levels: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i]!;
    if (inString) {
      if (c === 92) i++;
      else if (c === 34) inString = false;
    } else if (c === 34) inString = true;
    // Both kinds of brackets differ in one bit, which is the same for opening and closing ones.
    else if ((c | 32) === 123) {
      if (++depth > levels) return true;
    } else if ((c | 32) === 125) depth--;
  }
  return false;
}
