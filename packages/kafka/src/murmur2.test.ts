import { expect, test } from 'vitest';
import { murmur2, partitionOfKey } from './murmur2.ts';

// Values of UtilsTest.testMurmur2 of Apache Kafka.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
])('%s hashes as in Java', (text, hash) => {
  expect(murmur2(Buffer.from(text))).toBe(hash);
});

test('a, b, c in bytes hash as in Java', () => {
  expect(murmur2(Buffer.from('abc'))).toBe(479470107);
});

test('partitions are those of a peer', async () => {
  const { Partitioners } = await import('kafkajs');
  const partitioner = Partitioners.DefaultPartitioner();
  const metadata = Array.from({ length: 7 }, (_, partitionId) => ({ partitionId, leader: 1 }));
  for (let i = 0; i < 500; i++) {
    const key = Buffer.from(Array.from({ length: i % 13 }, (_, at) => (i * 31 + at * 97) % 256));
    const theirs = partitioner({ topic: 't', partitionMetadata: metadata as never, message: { key, value: null } });
    expect(partitionOfKey(key, 7)).toBe(theirs);
  }
});
