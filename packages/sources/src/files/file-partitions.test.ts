import fc from 'fast-check';
import { expect, test } from 'vitest';
import { filePartitions } from './file-partitions.ts';

const MIB = 2 ** 20;
const shape = (partitions: ReturnType<typeof filePartitions>) =>
  partitions.map((p) => p.map(({ path, from, to }) => `${path} ${from}-${to}`));
const options = { bytesPerRange: 4 * MIB, numPartitions: 2, unit: 1 };

test('a large file is split, by no more than bytesPerRange', () => {
  expect(shape(filePartitions([{ path: 'a', size: 10 * MIB }], options))).toEqual([
    [`a 0-${4 * MIB}`],
    [`a ${4 * MIB}-${8 * MIB}`],
    [`a ${8 * MIB}-${10 * MIB}`],
  ]);
});

test('a file is split so that each partition has something to do', () => {
  const size = 2 * MIB;
  const partitions = filePartitions([{ path: 'a', size }], options);
  expect(partitions).toHaveLength(2);
  expect(partitions[0]![0]!.to).toBeLessThan(size * 0.6);
});

test('what is small is not split, and shares a partition', () => {
  expect(shape(filePartitions([{ path: 'a', size: 9 }], options))).toEqual([['a 0-9']]);
  const many = Array.from({ length: 1000 }, (_, i) => ({ path: `${i}`, size: 100 }));
  const partitions = filePartitions(many, options);
  expect(partitions.length).toBeGreaterThan(2);
  expect(partitions.length).toBeLessThan(30);
});

test('files without bytes are not opened', () => {
  expect(filePartitions([{ path: 'a', size: 0 }], options)).toEqual([]);
});

test('what is packed, or cannot be split, stays whole', () => {
  const files = ['a.gz', 'b.zst', 'c'].map((path) => ({ path, size: 20 * MIB }));
  expect(shape(filePartitions(files, { ...options, unit: null }))).toEqual(
    files.map(({ path, size }) => [`${path} 0-${size}`]),
  );
  expect(filePartitions(files, options)).toHaveLength(2 + 5);
});

test('ranges begin at multiples of the record', () => {
  const partitions = filePartitions([{ path: 'a', size: 100 }], { bytesPerRange: 10, numPartitions: 1, unit: 7 });
  expect(partitions.flat().map((r) => r.from % 7)).toEqual(partitions.flat().map(() => 0));
  expect(shape(filePartitions([{ path: 'a', size: 30 }], { bytesPerRange: 10, numPartitions: 1, unit: 15 }))).toEqual([
    ['a 0-15'],
    ['a 15-30'],
  ]);
});

test('ranges touch, cover every file once, and stay in order', () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`file-partitions: seed ${seed}`);
  const cases = fc.record({
    sizes: fc.array(fc.nat({ max: 3 * MIB }), { maxLength: 12 }),
    bytesPerRange: fc.integer({ min: 1000, max: MIB }),
    numPartitions: fc.integer({ min: 1, max: 8 }),
    unit: fc.constantFrom(1, 3, 1000, null),
  });
  fc.assert(
    fc.property(cases, ({ sizes, ...cut }) => {
      const files = sizes.map((size, i) => ({ path: `${i}`, size }));
      const ranges = filePartitions(files, cut).flat();
      const joined: { path: string; size: number; from: number; to: number }[] = [];
      for (const range of ranges) {
        const last = joined.at(-1);
        if (last?.path === range.path && last.to === range.from) last.to = range.to;
        else joined.push({ ...range });
      }
      expect(joined).toEqual(files.filter((f) => f.size > 0).map((f) => ({ ...f, from: 0, to: f.size })));
      if (cut.unit === 1)
        expect(Math.max(0, ...ranges.map((r) => r.to - r.from))).toBeLessThanOrEqual(cut.bytesPerRange);
    }),
    { seed },
  );
});
