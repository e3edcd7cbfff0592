import { AssignerProtocol } from 'kafkajs';
import { expect, test } from 'vitest';
import {
  decodeShare,
  decodeSubscription,
  encodeShare,
  encodeSubscription,
  type PartitionsOf,
  type Subscriber,
  WAYS,
} from './share-out.ts';

const subscribers: readonly Subscriber[] = [
  { memberId: 'm2', topics: ['a', 'b'] },
  { memberId: 'm1', topics: ['a', 'b'] },
  { memberId: 'm3', topics: ['b'] },
];
const topics: PartitionsOf = new Map([
  ['a', [0, 1, 2, 3, 4]],
  ['b', [0, 1]],
  ['nobody wants', [0]],
]);

function shared(way: string) {
  const shares = WAYS.get(way)?.(subscribers, topics) ?? new Map();
  return Object.fromEntries(
    [...shares].map(([id, of]) => [
      id,
      of.map(({ topic, partition }: { topic: string; partition: number }) => `${topic}${partition}`).join(' '),
    ]),
  );
}

test('by range each gets partitions that follow one another', () => {
  expect(shared('range')).toEqual({ m1: 'a0 a1 a2 b0', m2: 'a3 a4 b1', m3: '' });
});

test.each(['roundrobin', 'RoundRobinAssigner'])('by %s each gets one in turn, of topics it wants', (way) => {
  expect(shared(way)).toEqual({ m1: 'a0 a2 a4', m2: 'a1 a3 b0', m3: 'b1' });
});

test.each([...WAYS.keys()])('%s gives each partition to exactly one, however many there are', (way) => {
  for (let members = 1; members < 8; members++) {
    const all = Array.from({ length: members }, (_, i) => ({ memberId: `m${i}`, topics: ['a', 'b'] }));
    const given = [...(WAYS.get(way)?.(all, topics) ?? new Map()).values()].flat();
    expect(given.map(({ topic, partition }) => `${topic}${partition}`).sort()).toEqual([
      'a0',
      'a1',
      'a2',
      'a3',
      'a4',
      'b0',
      'b1',
    ]);
  }
});

test('members of other clients understand it, and are understood', () => {
  const { MemberMetadata, MemberAssignment } = AssignerProtocol;
  expect(MemberMetadata.decode(encodeSubscription(['a', 'ä']))?.topics).toEqual(['a', 'ä']);
  const subscription = MemberMetadata.encode({ version: 1, topics: ['b', 'c'], userData: Buffer.from('x') });
  expect(decodeSubscription(subscription)).toEqual(['b', 'c']);
  const share = [
    { topic: 'a', partition: 0 },
    { topic: 'a', partition: 3 },
    { topic: 'ä', partition: 1 },
  ];
  expect(MemberAssignment.decode(encodeShare(share))?.assignment).toEqual({ a: [0, 3], ä: [1] });
  const theirs = MemberAssignment.encode({ version: 0, assignment: { a: [0, 3], ä: [1] }, userData: Buffer.alloc(0) });
  expect(decodeShare(theirs)).toEqual(share);
  expect(decodeShare(Buffer.alloc(0))).toEqual([]);
});
