import { expect, it } from 'vitest';
import { Replies } from './replies.ts';

it('gives replies to requests in their order', async () => {
  const replies = new Replies();
  const both = [replies.next(), replies.next()];
  replies.take('{"ok":1}');
  replies.take('{"ok":null}');
  expect(await Promise.all(both)).toEqual([1, null]);
});

it('an error is one of its request alone', async () => {
  const replies = new Replies();
  const [first, second] = [replies.next(), replies.next()];
  replies.take('{"error":"no such file"}');
  replies.take('{"ok":2}');
  await expect(first).rejects.toThrow('the program on Spark failed: no such file');
  expect(await second).toBe(2);
});

it.each(['24/11/27 WARN Utils', '[]', 'null', '{"fine":1}', '{"error":7}'])('%s is no reply', async (line) => {
  const replies = new Replies();
  const [first, second] = [replies.next(), replies.next()];
  replies.take(line);
  await expect(first).rejects.toThrow('no reply to a request');
  await expect(second).rejects.toThrow('no reply to a request');
  await expect(replies.next()).rejects.toThrow('no reply to a request');
});

it('a reply that nobody waits for ends what follows', async () => {
  const replies = new Replies();
  replies.take('{"ok":1}');
  await expect(replies.next()).rejects.toThrow('no reply to a request');
});

it('the first reason of an end is the one that is told', async () => {
  const replies = new Replies();
  const waiting = replies.next();
  replies.end(new Error('it was killed'));
  replies.end(new Error('later'));
  await expect(waiting).rejects.toThrow('it was killed');
  await expect(replies.next()).rejects.toThrow('it was killed');
});
