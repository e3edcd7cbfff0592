import type { Membership } from './offsets-of-groups.ts';
import type { CompactRequest } from './request.ts';

/** How a member joins. */
export interface Joining {
  readonly group: string;
  /** Empty for a member that is new. */
  readonly memberId: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** Names of the ways to share out that the member knows, the best first, and what it says of itself to whoever shares out. */
  readonly protocols: readonly (readonly [name: string, subscription: Buffer])[];
}

/** What a member that joined is told. */
export interface Joined {
  readonly error: number;
  readonly generation: number;
  readonly protocol: string;
  /** The member that shares out. */
  readonly leader: string;
  readonly memberId: string;
  /** All members, for the leader. */
  readonly members: readonly { readonly memberId: string; readonly subscription: Buffer }[];
}

const CONSUMER = 'consumer';

/** Joins a group; answered when all members have joined. */
export function joinGroupRequest(joining: Joining): CompactRequest<Joined> {
  const { group, memberId, sessionTimeoutMs, rebalanceTimeoutMs, protocols } = joining;
  return {
    key: 11,
    version: 7,
    name: 'JoinGroup',
    write(to) {
      to.text(group).int32(sessionTimeoutMs).int32(rebalanceTimeoutMs).text(memberId).text(null).text(CONSUMER);
      to.list(protocols, ([name, subscription]) => to.text(name).bytes(subscription).end()).end();
    },
    read(from) {
      from.int32();
      const error = from.int16();
      const generation = from.int32();
      from.text();
      const protocol = from.text() ?? '';
      const leader = from.text() ?? '';
      const memberId = from.text() ?? '';
      const members = from.list(() => {
        const memberId = from.text() ?? '';
        from.text();
        const member = { memberId, subscription: from.bytes() ?? Buffer.alloc(0) };
        from.end();
        return member;
      });
      return { error, generation, protocol, leader, memberId, members };
    },
  };
}

/** Hands in what the leader has shared out, or asks for one's own share. */
export function syncGroupRequest(
  { group, memberId, generation }: Membership,
  protocol: string,
  shares: readonly (readonly [memberId: string, share: Buffer])[],
): CompactRequest<{ readonly error: number; readonly share: Buffer }> {
  return {
    key: 14,
    version: 5,
    name: 'SyncGroup',
    write(to) {
      to.text(group).int32(generation).text(memberId).text(null).text(CONSUMER).text(protocol);
      to.list(shares, ([id, share]) => to.text(id).bytes(share).end()).end();
    },
    read(from) {
      from.int32();
      const error = from.int16();
      from.text();
      from.text();
      return { error, share: from.bytes() ?? Buffer.alloc(0) };
    },
  };
}

/** A sign of life. Gives a code of the protocol. */
export function heartbeatRequest({ group, memberId, generation }: Membership): CompactRequest<number> {
  return {
    key: 12,
    version: 4,
    name: 'Heartbeat',
    write: (to) => to.text(group).int32(generation).text(memberId).text(null).end(),
    read(from) {
      from.int32();
      return from.int16();
    },
  };
}

/** Leaves the group, so that nobody waits for the session to end. Gives a code of the protocol. */
export function leaveGroupRequest({ group, memberId }: Membership): CompactRequest<number> {
  return {
    key: 13,
    version: 4,
    name: 'LeaveGroup',
    write: (to) =>
      to
        .text(group)
        .list([memberId], (id) => to.text(id).text(null).end())
        .end(),
    read(from) {
      from.int32();
      return from.int16();
    },
  };
}
