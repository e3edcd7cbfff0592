import { expect, it } from 'vitest';
import { Sender } from './sender.ts';

it('work on lines of a sender that dies is rejected, and other work is not', async () => {
  await using sender = await Sender.open(1000, 1000);
  expect(await sender.whileAlive(Promise.resolve('counted'))).toBe('counted');
  const forever = sender.whileAlive(new Promise(() => {}));
  process.kill(sender.pid, 'SIGKILL');
  await expect(forever).rejects.toThrow('the sender ended with SIGKILL while its lines were awaited');
});
