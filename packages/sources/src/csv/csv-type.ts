/** What the text of a column means. */
export type CsvType = 'string' | 'number' | 'boolean' | 'date' | 'bigint';

/** Says why a text is not of its column's type. */
export class NotOfType extends Error {}

/** What makes a value of a text, by type. An empty field of any type but `string` is null. */
export const converters: Readonly<Record<CsvType, (text: string) => unknown>> = {
  string: (text) => text,
  number: (text) => (text === '' ? null : numberOf(text)),
  boolean: (text) => (text === '' ? null : booleanOf(text)),
  date: (text) => (text === '' ? null : dateOf(text)),
  bigint: (text) => (text === '' ? null : bigintOf(text)),
};

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const WHOLE = /^[+-]?\d+$/;
const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

function numberOf(text: string): number {
  if (!NUMBER.test(text)) throw new NotOfType('no number');
  const value = Number(text);
  if (!Number.isFinite(value)) throw new NotOfType('no number that a computer has');
  // 12345678901234567890 would become another number without a word.
  if (WHOLE.test(text) && !Number.isSafeInteger(value))
    throw new NotOfType("a whole number beyond 2^53, which only the types 'bigint' and 'string' keep");
  return value;
}

function booleanOf(text: string): boolean {
  switch (text.toLowerCase()) {
    case 'true':
    case '1':
      return true;
    case 'false':
    case '0':
      return false;
    default:
      throw new NotOfType('neither true nor false, 1 nor 0');
  }
}

function bigintOf(text: string): bigint {
  if (!WHOLE.test(text)) throw new NotOfType('no whole number');
  return BigInt(text.startsWith('+') ? text.slice(1) : text);
}

function dateOf(text: string): Date {
  const [, year, month, day, zone] = DATE.exec(text) ?? [];
  if (year === undefined) throw new NotOfType('no date as ISO 8601 writes it, like 2026-03-01 or 2026-03-01T12:30:00Z');
  // Without a zone it is UTC: what a file means must not depend on the machine that reads it.
  const iso = text.replace(' ', 'T');
  const date = new Date(zone === undefined && iso.includes('T') ? `${iso}Z` : iso);
  // Days beyond the end of a month roll over instead of failing.
  const exists = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
  if (Number.isNaN(date.getTime()) || !exists) throw new NotOfType('no date that exists');
  return date;
}
