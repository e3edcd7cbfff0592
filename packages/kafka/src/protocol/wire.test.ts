import { seededRandom } from '@millrace/core/connector';
import { Reader, Writer } from '@platformatic/kafka';
import { expect, test } from 'vitest';
import { WireReader, WireWriter } from './wire.ts';

const ID = '0123456789abcdef0123456789abcdef';

test('what is written is read again', () => {
  const to = new WireWriter();
  to.int8(-5)
    .int16(-300)
    .int32(-70_000)
    .int64(-(2 ** 40))
    .bool(true)
    .bool(false);
  to.uvarint(0)
    .uvarint(127)
    .uvarint(128)
    .uvarint(2 ** 31 - 1);
  to.text('ä text')
    .text('')
    .text(null)
    .bytes(Buffer.from([1, 2]))
    .uuid(ID);
  to.list(['a', 'b'], (each) => to.text(each).end());
  to.list(null, () => {}).list([], () => {});
  to.end();
  const from = new WireReader(to.done());
  expect([from.int8(), from.int16(), from.int32(), from.number()]).toEqual([-5, -300, -70_000, -(2 ** 40)]);
  expect([from.bool(), from.bool()]).toEqual([true, false]);
  expect([from.uvarint(), from.uvarint(), from.uvarint(), from.uvarint()]).toEqual([0, 127, 128, 2 ** 31 - 1]);
  expect([from.text(), from.text(), from.text(), from.bytes(), from.uuid()]).toEqual([
    'ä text',
    '',
    null,
    Buffer.from([1, 2]),
    ID,
  ]);
  const each = () => {
    const text = from.text();
    from.end();
    return text;
  };
  expect([from.list(each), from.list(each), from.list(each)]).toEqual([['a', 'b'], [], []]);
  from.end();
  expect(() => from.int8()).toThrow('shorter than it says');
});

test('tagged fields that nobody knows are stepped over', () => {
  const from = new WireReader(Buffer.from([2, 0, 3, 9, 9, 9, 5, 0, 7]));
  from.end();
  expect(from.int8()).toBe(7);
});

test('an answer that is cut off is an error, wherever it is', () => {
  const whole = new WireWriter().int32(1).text('text').uuid(ID).int64(5).done();
  const read = (bytes: Buffer) => {
    const from = new WireReader(bytes);
    return [from.int32(), from.text(), from.uuid(), from.number()];
  };
  expect(read(whole)).toEqual([1, 'text', ID, 5]);
  for (let end = 0; end < whole.length; end++) expect(() => read(whole.subarray(0, end)), `${end}`).toThrow();
});

const seed = process.env['MILLRACE_SEED'] ?? String(Date.now());

test(`the bytes are those of a peer, seed ${seed}`, () => {
  const random = seededRandom(seed);
  for (let run = 0; run < 200; run++) {
    const mine = new WireWriter();
    const theirs = Writer.create();
    const checks: ((my: WireReader, their: Reader) => void)[] = [];
    for (let n = 0; n < 30; n++) {
      const number = Math.floor((random() - 0.5) * 2 ** 32);
      const text = random() < 0.2 ? null : 'é'.repeat(random() * 300);
      switch (Math.floor(random() * 5)) {
        case 0:
          mine.int32(number);
          theirs.appendInt32(number);
          checks.push((my, their) => expect(my.int32()).toBe(their.readInt32()));
          break;
        case 1:
          mine.int64(number * 2 ** 20);
          theirs.appendInt64(BigInt(number) * 2n ** 20n);
          checks.push((my, their) => expect(my.int64()).toBe(their.readInt64()));
          break;
        case 2:
          mine.uvarint(Math.abs(number) >>> 1);
          theirs.appendUnsignedVarInt(Math.abs(number) >>> 1);
          checks.push((my, their) => expect(my.uvarint()).toBe(their.readUnsignedVarInt()));
          break;
        case 3:
          mine.text(text);
          theirs.appendString(text);
          checks.push((my, their) => expect(my.text()).toBe(their.readNullableString()));
          break;
        default:
          mine.int16(number >> 16);
          theirs.appendInt16(number >> 16);
          checks.push((my, their) => expect(my.int16()).toBe(their.readInt16()));
      }
    }
    expect(mine.done(), `MILLRACE_SEED=${seed}, run ${run}`).toEqual(theirs.buffer);
    const [my, their] = [new WireReader(mine.done()), Reader.from(theirs.buffer)];
    for (const check of checks) check(my, their);
  }
});
