import { beforeEach, expect, it, vi } from 'vitest';
import { withTopic } from './topic.ts';

/** What was called, in its order, and what fails. */
const { calls, failing } = vi.hoisted(() => ({ calls: [] as string[], failing: new Set<string>() }));

vi.mock('@kafkats/client', () => {
  const call = (name: string) => async () => {
    calls.push(name);
    if (failing.has(name)) throw new Error(`${name} failed`);
  };
  class KafkaClient {
    connect = call('connect');
    disconnect = call('disconnect');
    admin = () => ({ createTopics: call('createTopics'), deleteTopics: call('deleteTopics') });
    producer = () => ({ send: call('send'), disconnect: call('close producer') });
  }
  return { KafkaClient };
});

const keyed = { records: 2, partitions: 1, key: String, value: String };

beforeEach(() => {
  calls.length = 0;
  failing.clear();
});

it('closes what it opened, and deletes the topic', async () => {
  expect(await withTopic(keyed, async (topic) => topic)).toMatch(/^peers-/);
  expect(calls).toEqual(['connect', 'createTopics', 'send', 'close producer', 'deleteTopics', 'disconnect']);
});

it.each([
  ['createTopics', ['connect', 'createTopics', 'disconnect']],
  ['send', ['connect', 'createTopics', 'send', 'close producer', 'deleteTopics', 'disconnect']],
  ['deleteTopics', ['connect', 'createTopics', 'send', 'close producer', 'deleteTopics', 'disconnect']],
])('does so where %s fails', async (name, expected) => {
  failing.add(name);
  const work = withTopic(keyed, async () => 'done');
  if (name === 'deleteTopics') expect(await work).toBe('done');
  else await expect(work).rejects.toThrow(`${name} failed`);
  expect(calls).toEqual(expected);
});
