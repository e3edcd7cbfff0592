import { Duration, milliseconds, minutes, seconds, Time } from '../../../packages/core/src/index.ts';
import type { CallTable } from './table.ts';

type Row = (a: number, ...rest: number[]) => unknown;

/** Operators under their signs and their names. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  less: ['<', 'less'],
  lessEq: ['<=', 'lessEq'],
  greater: ['>', 'greater'],
  greaterEq: ['>=', 'greaterEq'],
  plus: ['+', 'plus'],
  times: ['*', 'times'],
  div: ['/', 'div'],
  isMultipleOf: ['isMultipleOf'],
  min: ['min'],
  max: ['max'],
};

function plain(value: unknown): unknown {
  if (value instanceof Time || value instanceof Duration) return value.milliseconds;
  return Array.isArray(value) ? value.map(plain) : value;
}

const time = (ms: number) => new Time(ms);
const span = (ms: number) => new Duration(ms);

/** Comparisons are between equals; what is added, and what divides, is a duration. */
function methods(make: (ms: number) => Time | Duration): Record<string, Row> {
  const rows: Record<string, Row> = {};
  for (const [name, aliases] of Object.entries(ALIASES)) {
    const takes = ['plus', 'div', 'isMultipleOf'].includes(name) ? span : name === 'times' ? (n: number) => n : make;
    const row: Row = (ms, arg) => {
      const method = (make(ms) as unknown as Record<string, (arg: unknown) => unknown>)[name];
      return method.call(make(ms), takes(arg));
    };
    for (const alias of aliases) rows[alias] = row;
  }
  return rows;
}

const timeMethods: Record<string, Row> = {
  ...methods(time),
  minusTime: (a, b) => time(a).minus(time(b)),
  minusDuration: (a, b) => time(a).minus(span(b)),
  floor: (a, step, zero) => (zero === undefined ? time(a).floor(span(step)) : time(a).floor(span(step), time(zero))),
  until: (a, end, step) => time(a).until(time(end), span(step)),
  to: (a, end, step) => time(a).to(time(end), span(step)),
  toString: (a: number) => time(a).toString(),
};

const durationMethods: Record<string, Row> = {
  ...methods(span),
  minus: (a, b) => span(a).minus(span(b)),
  '-': (a, b) => span(a).minus(span(b)),
  isZero: (a) => span(a).isZero(),
  prettyPrint: (a) => span(a).prettyPrint(),
  toFormattedString: (a) => span(a).prettyPrint(),
  toString: (a: number) => span(a).toString(),
};

function fromUnit(n: number, unit: string): Duration {
  const make = { ms: milliseconds, s: seconds, min: minutes }[unit];
  if (make === undefined) throw new TypeError(`durations have no unit ${unit}`);
  return make(n);
}

/** `Time.*` and `Duration.*`: milliseconds in, milliseconds out. */
export const timeCalls: CallTable = {
  ...named('Time', timeMethods),
  ...named('Duration', durationMethods),
  'Duration.fromUnit': () => (n, unit) => plain(fromUnit(n as number, unit as string)),
};

function named(prefix: string, rows: Record<string, Row>): CallTable {
  return Object.fromEntries(
    Object.entries(rows).map(([name, row]) => [
      `${prefix}.${name}`,
      () =>
        (...args: unknown[]) =>
          plain(row(...(args as [number]))),
    ]),
  );
}
