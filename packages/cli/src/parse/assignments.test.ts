import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseAssignment, parseAssignmentsFile, parseTextAssignment } from './assignments.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-params-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('NAME=VALUE', () => {
  test.each<[string, unknown]>([
    ['a=9999', 9999],
    ['a=-1.5e3', -1500],
    ['a=true', true],
    ['a=null', null],
    ['a="9999"', '9999'],
    ['a=[1,"b"]', [1, 'b']],
    ['a={"b":{"c":2}}', { b: { c: 2 } }],
    ['a=00123', '00123'],
    ['a=localhost', 'localhost'],
    ['a=True', 'True'],
    ['a=', ''],
    ['a=b=c', 'b=c'],
    ['a=500ms', '500ms'],
  ])('%s', (text, value) => {
    expect(parseAssignment(text)).toEqual({ a: value });
  });

  test.each(['a=9999', 'a=true', 'a="x"', 'a={'])('as text: %s', (text) => {
    expect(parseTextAssignment(text)).toEqual({ a: text.slice(2) });
  });

  test('several add up, whatever their names, and the first are left as they were', () => {
    const one = parseAssignment('one=1');
    const two = parseTextAssignment('__proto__=2', one);
    expect(Object.entries(two)).toEqual([
      ['one', 1],
      ['__proto__', '2'],
    ]);
    expect(one).toEqual({ one: 1 });
    expect(() => parseAssignment('one=3', two)).toThrow('one is given twice');
    expect(() => parseAssignment('__proto__=3', two)).toThrow('__proto__ is given twice');
    expect(parseAssignment('toString=3')).toEqual({ toString: 3 });
  });

  test.each([
    ['port', 'It is a name, = and a value'],
    ['=1', 'It is a name, = and a value'],
    ['a={b:1}', /looks like JSON and is not: .*'a={"key":"text"}'.*write 'a="{b:1}"'/],
    ['a="b', 'looks like JSON and is not'],
    ['a=[1', 'looks like JSON and is not'],
    ['a=12345678901234567890', 'cannot hold the value'],
    ['a=1e999', 'cannot hold the value'],
  ])('refuses %s', (text, message) => {
    expect(() => parseAssignment(text)).toThrow(message);
  });
});

describe('a file of parameters', () => {
  const file = (text: string) => {
    const path = join(folder, 'params.json');
    writeFileSync(path, text);
    return path;
  };

  test('holds one object', () => {
    expect(parseAssignmentsFile(file('{ "port": 9999, "hosts": ["a"] }'))).toEqual({ port: 9999, hosts: ['a'] });
  });

  test.each(['[]', '1', 'null', '{', ''])('refuses %s', (text) => {
    expect(() => parseAssignmentsFile(file(text))).toThrow(/must hold one JSON object|cannot be read as JSON/);
  });
});
