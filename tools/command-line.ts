/** Reads a command line. What is wrong with it is said in one line, and ends the process with exit code 2. */
export function readCommandLine<T>(usage: string, read: () => T): T {
  try {
    return read();
  } catch (e) {
    if (!(e instanceof TypeError)) throw e;
    // Behind its first sentence Node explains how an argument may begin with a dash.
    console.error(`${e.message.split('. ')[0]}; usage: ${usage}`);
    process.exit(2);
  }
}

/** The whole number that an option was given. @throws TypeError */
export function wholeNumber(option: string, text: string, min: number): number {
  const n = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(n) || n < min)
    throw new TypeError(`--${option} ${text} is no whole number of at least ${min}`);
  return n;
}

/** One of the values that an option may have. @throws TypeError */
export function oneOf<const V extends string>(option: string, text: string, values: readonly V[]): V {
  const found = values.find((value) => value === text);
  if (found === undefined) throw new TypeError(`--${option} ${text}: there are ${values.join(', ')}`);
  return found;
}

/** A seed, where none was given. */
export function anySeed(): number {
  return Math.trunc(Math.random() * 2 ** 31);
}
