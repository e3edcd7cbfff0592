import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { LinesDecoder, Origin, StreamDecoder } from '../decode/decoder.ts';
import { loadParser, parserOf } from './csv-fields.ts';
import { type CsvOptions, csv } from './index.ts';

beforeAll(loadParser);

let dropped = 0;
const origin = (more: Partial<Origin> = {}): Origin => ({
  source: '/data/a.csv',
  offset: 0,
  line: 1,
  header: null,
  dropped: (n) => {
    dropped += n;
  },
  ...more,
});

type Anything = any;

/** Rows as lines, decoded; the header, if there is one, is the first. */
function read(options: CsvOptions<Anything>, text: string): Anything[] {
  const decoder = csv<Anything>(options) as LinesDecoder<Anything>;
  const split = decoder.header ? text.indexOf('\n') + 1 : 0;
  const about = origin(decoder.header ? { header: text.slice(0, split), line: 2, offset: split } : {});
  return decoder.decode(Buffer.from(text.slice(split)), about) as Anything[];
}

/** The same with `multiline`, in chunks of so many bytes. */
async function readMultiline(options: CsvOptions<Anything>, text: string, chunkBytes = 7): Promise<Anything[]> {
  const decoder = csv<Anything>({ ...options, multiline: true }) as StreamDecoder<Anything>;
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let i = 0; i < bytes.length; i += chunkBytes) yield bytes.subarray(i, i + chunkBytes);
  }
  const records: Anything[] = [];
  for await (const some of decoder.decode(chunks(), origin())) records.push(...(some as Anything[]));
  return records;
}

test('without names a record is an array of texts', () => {
  expect(read({}, 'a,b\r\n"c,""d""",\n\n1,2,3\n')).toEqual([
    ['a', 'b'],
    ['c,"d"', ''],
    ['1', '2', '3'],
  ]);
});

test('names come from the header or from columns', () => {
  expect(read({ header: true }, 'id,"first name"\n1,Ada\n')).toEqual([{ id: '1', 'first name': 'Ada' }]);
  expect(read({ columns: ['id', 'name'] }, '1,Ada\n')).toEqual([{ id: '1', name: 'Ada' }]);
});

test('columns have types; an empty field is null', () => {
  const types = { n: 'number', b: 'boolean', d: 'date', i: 'bigint', s: 'string' } as const;
  const columns = ['n', 'b', 'd', 'i', 's'];
  expect(
    read({ columns, types }, '-1.5e3,TRUE,2026-03-01,+12345678901234567890,x\n,,,,\n.5,0,2026-03-01 12:30:00,-1,1'),
  ).toEqual([
    { n: -1500, b: true, d: new Date('2026-03-01T00:00:00Z'), i: 12345678901234567890n, s: 'x' },
    { n: null, b: null, d: null, i: null, s: '' },
    { n: 0.5, b: false, d: new Date('2026-03-01T12:30:00Z'), i: -1n, s: '1' },
  ]);
  expect(read({ columns: ['d'], types: { d: 'date' } }, '2026-03-01T12:30+02:00')).toEqual([
    { d: new Date('2026-03-01T10:30:00Z') },
  ]);
});

test.each([
  ['number', '0x10', 'no number'],
  ['number', '1,5', 'no number'],
  ['number', 'NaN', 'no number'],
  ['number', ' ', 'no number'],
  ['number', '1e999', 'no number that a computer has'],
  ['number', '12345678901234567890', 'a whole number beyond 2^53'],
  ['boolean', 'yes', 'neither true nor false'],
  ['date', '1.3.2026', 'no date as ISO 8601'],
  ['date', '2026-02-30', 'no date that exists'],
  ['date', '2026-02-01T25:00', 'no date that exists'],
  ['bigint', '1.0', 'no whole number'],
] as const)('a %s is not %j', (type, text, reason) => {
  expect(() => read({ columns: ['x'], types: { x: type } }, `"${text}"`)).toThrow(
    `/data/a.csv got a record that cannot be read, line 1: the column x should be a ${type}, and ${JSON.stringify(text)} is ${reason}`,
  );
});

test('a bad row does not spoil its neighbours, whatever is wrong with it', () => {
  const columns = ['a', 'b'];
  const rows = ['1,2', '3', '4,5,6', '7,"8', '9,"1"0', 'x,11', '12,1"3', '"14","15"', '', '"16,17', '18,19"', '20,21'];
  const bad: string[] = [];
  const onBadRow = ({ where, reason }: { where: string; reason: string }) => void bad.push(`${where}: ${reason}`);
  expect(read({ columns, types: { a: 'number', b: 'number' }, onBadRow }, rows.join('\n'))).toEqual([
    { a: 1, b: 2 },
    { a: 14, b: 15 },
    { a: 20, b: 21 },
  ]);
  expect(bad.map((b) => b.slice(0, b.indexOf(':')))).toEqual([2, 3, 4, 5, 6, 7, 10, 11].map((n) => `line ${n}`));
  expect(bad[0]).toBe('line 2: it has 1 field, and there are 2 columns');
  for (const i of [2, 3, 5, 6, 7]) expect(bad[i]).toContain('multiline: true');
});

test('dropped rows are counted', () => {
  dropped = 0;
  expect(read({ columns: ['a'], onBadRow: 'drop' }, '1\n2,3\n4')).toEqual([{ a: '1' }, { a: '4' }]);
  expect(dropped).toBe(1);
});

test('delimiter, quotes and spaces are as the options say', () => {
  expect(read({ delimiter: ';', quote: "'" }, "'a;b';c\"")).toEqual([['a;b', 'c"']]);
  expect(read({ delimiter: '\t', quote: null }, '"a\tb"\n\t\n')).toEqual([
    ['"a', 'b"'],
    ['', ''],
  ]);
  expect(read({ trim: true }, ' a , "b" ')).toEqual([['a', 'b']]);
  expect(read({}, ' a , b')).toEqual([[' a ', ' b']]);
});

test('a header that is wrong fails, also where rows may be dropped', () => {
  const header =
    (text: string, types = {}) =>
    () =>
      read({ header: true, types, onBadRow: 'drop' }, `${text}\n1,2\n`);
  expect(header('a,a')).toThrow(
    '/data/a.csv got a record that cannot be read, the header: the column "a" is there twice',
  );
  expect(header('a,')).toThrow('a column has no name');
  expect(header('a,__proto__')).toThrow('__proto__');
  expect(header('a,"b')).toThrow('a quote is not closed');
  expect(header('a,b', { c: 'number' })).toThrow('it has no column c, which `types` names; there are a, b');
});

test('multiline: fields with line breaks, in any chunks', async () => {
  const text = '\uFEFFid,"text"\r\n1,"zwei\r\nZeilen"\r\n\r\n2,"ö ""q"" \n"\n3,x';
  const expected = [
    { id: 1, text: 'zwei\r\nZeilen' },
    { id: 2, text: 'ö "q" \n' },
    { id: 3, text: 'x' },
  ];
  for (let chunk = 1; chunk < 60; chunk++)
    expect(await readMultiline({ header: true, types: { id: 'number' } }, text, chunk)).toEqual(expected);
});

test('multiline: bad rows say on which line they begin', async () => {
  const text = 'a,b\n1,"x\ny"\n2\n3,"z\n';
  await expect(readMultiline({ header: true }, text)).rejects.toThrow('line 4: it has 1 field');
  expect(await readMultiline({ header: true, onBadRow: ({ where }) => where }, text)).toEqual([
    { a: '1', b: 'x\ny' },
    'line 4',
    'line 5',
  ]);
  const reasons: string[] = [];
  const onBadRow = ({ reason }: { reason: string }) => void reasons.push(reason);
  await readMultiline({ onBadRow }, '1,2"3"\n3,"z\n');
  expect(reasons.map((reason) => reason.split(';')[0])).toEqual([
    'a quote stands inside a field',
    'a quote is not closed',
  ]);
  // It is advised already what it has.
  for (const reason of reasons) expect(reason).toMatch(/quote: null$/);
});

test('multiline: a quote that is never closed does not take all memory', async () => {
  await expect(readMultiline({ maxRowLength: 100, onBadRow: 'drop' }, `a\n"${'b\n'.repeat(200)}`)).rejects.toThrow(
    'line 2: a row is longer than maxRowLength, 100; a quote may be missing',
  );
});

test('what a writer of CSV writes is read, as lines or not', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`csv: seed ${seed}`);
  const field = (breaks: boolean) =>
    fc
      .array(fc.constantFrom('"', ',', ' ', 'a', 'ö', '😀', '\r', ...(breaks ? ['\n', '\r\n'] : [])), { maxLength: 6 })
      .map((parts) => parts.join(''));
  const write = (rows: string[][]) =>
    rows.map((row) => row.map((f) => `"${f.replaceAll('"', '""')}"`).join(',')).join('\n');
  const table = (breaks: boolean) =>
    fc.array(fc.array(field(breaks), { minLength: 1, maxLength: 4 }), { maxLength: 12 });
  fc.assert(
    fc.property(table(false), (rows) => {
      expect(read({}, write(rows))).toEqual(rows);
    }),
    { seed },
  );
  await fc.assert(
    fc.asyncProperty(table(true), fc.integer({ min: 1, max: 30 }), async (rows, chunk) => {
      expect(await readMultiline({}, write(rows), chunk)).toEqual(rows);
    }),
    { seed },
  );
});

test('options that make no sense are refused', () => {
  const refused = (options: object) => () => csv(options);
  expect(refused({ headers: true })).toThrow('csv: headers');
  expect(refused({ header: 'yes' })).toThrow('must be true or false');
  expect(refused({ header: true, columns: ['a'] })).toThrow('cannot be given together');
  expect(refused({ columns: [] })).toThrow('must be an array of names');
  expect(refused({ columns: ['a', 'a'] })).toThrow('there twice');
  expect(refused({ columns: ['a'], types: { a: 'int' } })).toThrow('must be one of string, number');
  expect(refused({ columns: ['a'], types: { a: 'toString' } })).toThrow('must be one of');
  expect(refused({ columns: ['a'], types: { b: 'number' } })).toThrow('must name one of the columns a');
  expect(refused({ types: { b: 'number' } })).toThrow('needs `header: true` or `columns`');
  expect(refused({ delimiter: '||' })).toThrow('one character');
  expect(refused({ delimiter: '"' })).toThrow('must differ');
  expect(refused({ maxRowLength: 5 })).toThrow('multiline: true only');
  expect(refused({ multiline: true, maxRowLength: 0 })).toThrow('maxRowLength is 0');
  expect(refused({ onBadRow: 'skip' })).toThrow("'drop'");
});

test('without the package, loading says which one to install', async () => {
  const missing = async () => {
    throw Object.assign(new Error("Cannot find package 'csv-parse' imported from x"), { code: 'ERR_MODULE_NOT_FOUND' });
  };
  await expect(parserOf(missing)).rejects.toMatchObject({
    code: 'MR_MISSING_PACKAGE',
    message: expect.stringContaining('csv() needs the package csv-parse'),
  });
});
