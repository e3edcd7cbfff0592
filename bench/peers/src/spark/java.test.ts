import { expect, it } from 'vitest';
import { heapOf } from './java.ts';

const GIB = 2 ** 30;

it('three heaps fit into the memory that there is, with room for Node', () => {
  expect(heapOf(64 * GIB, 0)).toBe(6 * 1024);
  expect(heapOf(20 * GIB, 0)).toBe(4 * 1024);
  expect(heapOf(20 * GIB, 10 * GIB)).toBe(2 * 1024);
  // A system without a limit of its own names a huge one.
  expect(heapOf(20 * GIB, 2 ** 63)).toBe(4 * 1024);
});
