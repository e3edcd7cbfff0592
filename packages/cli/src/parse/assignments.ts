import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';

/** Values by name, from `NAME=VALUE` on the command line or from a file. */
export type Assignments = Readonly<Record<string, unknown>>;

/**
 * Adds `NAME=VALUE` to what was given before. A value that is JSON is what JSON says (`9999`, `true`, `null`, `[1,2]`,
 * `"9999"` in its quotes); any other is the text itself (`localhost`, `00123`).
 * @throws InvalidArgumentError for a name that is given twice, for JSON that is broken, and for a number that would change
 */
export function parseAssignment(text: string, before: Assignments = {}): Assignments {
  const { name, value } = split(text, before);
  return withEntry(before, name, jsonOrText(name, value));
}

/** Like `parseAssignment`, for a value that is text whatever it looks like. */
export function parseTextAssignment(text: string, before: Assignments = {}): Assignments {
  const { name, value } = split(text, before);
  return withEntry(before, name, value);
}

/** The object that a JSON file holds. @throws InvalidArgumentError */
export function parseAssignmentsFile(path: string): Assignments {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (e) {
    throw new InvalidArgumentError(`It cannot be read as JSON: ${(e as Error).message}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError('It must hold one JSON object, with a property for each parameter.');
  }
  return value as Assignments;
}

function split(text: string, before: Assignments): { readonly name: string; readonly value: string } {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It is a name, = and a value: port=9999.');
  const name = text.slice(0, at);
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`${name} is given twice.`);
  return { name, value: text.slice(at + 1) };
}

/** A copy with one entry more, also where the name is `__proto__`. */
function withEntry(before: Assignments, name: string, value: unknown): Assignments {
  return Object.fromEntries([...Object.entries(before), [name, value]]);
}

function jsonOrText(name: string, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (e) {
    // Who begins JSON and makes a mistake in it does not mean the text.
    if (!/^\s*["[{]/.test(text)) return text;
    throw new InvalidArgumentError(
      `The value looks like JSON and is not: ${(e as Error).message}. In JSON names and texts stand in double quotes, ` +
        `as in '${name}={"key":"text"}'; to have the value be the text as it is, write '${name}=${JSON.stringify(text)}'.`,
    );
  }
  if (
    typeof value === 'number' &&
    (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
  ) {
    throw new InvalidArgumentError('A number of JavaScript cannot hold the value; give it as text.');
  }
  return value;
}
