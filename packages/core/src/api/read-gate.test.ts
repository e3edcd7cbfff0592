import { expect, test } from 'vitest';
import { ReadGate } from './read-gate.ts';

test('a change waits for reads that are under way, and reads that come meanwhile for the change', async () => {
  const gate = new ReadGate();
  const seen: string[] = [];
  let version = 1;
  const { promise: held, resolve: goOn } = Promise.withResolvers<void>();
  const read = (name: string, until: Promise<void> = Promise.resolve()) =>
    gate.read(async () => {
      const before = version;
      await until;
      seen.push(`${name}: ${before} ${version}`);
    });
  const slow = read('slow', held);
  const quick = read('quick');
  const changes = [2, 3].map((next) => gate.change(() => void (version = next)));
  const late = read('late');
  await quick;
  expect([version, seen]).toEqual([1, ['quick: 1 1']]);
  goOn();
  await Promise.all([slow, late, ...changes]);
  expect(seen).toEqual(['quick: 1 1', 'slow: 1 1', 'late: 3 3']);
  await gate.change(() => void (version = 4));
  expect(version).toBe(4);
});

test('a read that fails does not hold a change up', async () => {
  const gate = new ReadGate();
  const failed = gate.read(async () => {
    await Promise.resolve();
    throw new RangeError('no');
  });
  let changed = false;
  const change = gate.change(() => {
    changed = true;
  });
  await expect(failed).rejects.toThrow('no');
  await change;
  expect(changed).toBe(true);
});
