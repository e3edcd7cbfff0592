import { KafkaFailure } from '../failure.ts';
import type { GroupOptions, TopicPartition } from '../port.ts';
import { heartbeatRequest, joinGroupRequest, leaveGroupRequest, syncGroupRequest } from '../protocol/membership.ts';
import type { Membership } from '../protocol/offsets-of-groups.ts';
import type { Reading } from '../reading.ts';
import type { Coordinator } from './coordinator.ts';
import { decodeShare, decodeSubscription, encodeShare, encodeSubscription, WAYS } from './share-out.ts';

const ILLEGAL_GENERATION = 22;
const UNKNOWN_MEMBER = 25;
const REBALANCE = 27;
const MEMBER_ID_REQUIRED = 79;
/** Codes that say that the group goes on without, or waits for, this member: it has to join again. */
const JOIN_AGAIN = new Set([ILLEGAL_GENERATION, UNKNOWN_MEMBER, REBALANCE]);

/** The share of a member, until the group shares out anew. */
export interface Generation extends Membership {
  readonly partitions: readonly TopicPartition[];
  /** What the leader has shared out, by topic: when it changes it has to be shared out again. Null for all others. */
  readonly counts: ReadonlyMap<string, number> | null;
}

/** How long members may take to finish what they have before the group shares out without them. */
export const rebalanceTimeoutMs = ({ sessionTimeoutMs }: GroupOptions): number => Math.max(sessionTimeoutMs, 10_000);

/** Being in a group: joining, signs of life, leaving. */
export class GroupMembership {
  readonly #coordinator: Coordinator;
  readonly #reading: Reading;
  readonly #options: GroupOptions;
  readonly #rebalanceTimeoutMs: number;
  #memberId = '';

  constructor(coordinator: Coordinator, reading: Reading, options: GroupOptions) {
    this.#coordinator = coordinator;
    this.#reading = reading;
    this.#options = options;
    this.#rebalanceTimeoutMs = rebalanceTimeoutMs(options);
  }

  /** Joins, and gets a share. Waits for the other members. */
  async join(): Promise<Generation> {
    const { group, topics, sessionTimeoutMs } = this.#options;
    const subscription = encodeSubscription(topics);
    for (;;) {
      const joined = await this.#coordinator.send(
        joinGroupRequest({
          group,
          memberId: this.#memberId,
          sessionTimeoutMs,
          rebalanceTimeoutMs: this.#rebalanceTimeoutMs,
          protocols: [...WAYS.keys()].map((name) => [name, subscription]),
        }),
      );
      if (joined.error === MEMBER_ID_REQUIRED) {
        this.#memberId = joined.memberId;
        continue;
      }
      if (this.#mustJoinAgain(joined.error)) continue;
      this.#coordinator.check(joined.error, `the group ${group} could not be joined`);
      const { memberId, generation, protocol } = joined;
      this.#memberId = memberId;
      const membership: Membership = { group, memberId, generation };
      const led = joined.leader === memberId ? await this.#shareOut(protocol, joined.members) : null;
      const synced = await this.#coordinator.send(syncGroupRequest(membership, protocol, led?.shares ?? []));
      if (this.#mustJoinAgain(synced.error)) continue;
      this.#coordinator.check(synced.error, `the group ${group} did not give a share`);
      return { ...membership, partitions: decodeShare(synced.share), counts: led?.counts ?? null };
    }
  }

  /** A sign of life. False when the group shares out anew. */
  async beat(generation: Generation): Promise<boolean> {
    return this.stays(await this.#coordinator.send(heartbeatRequest(generation)));
  }

  /** Whether an answer says that the share is still this member's. @throws KafkaFailure for a code that says neither */
  stays(code: number): boolean {
    if (this.#mustJoinAgain(code)) return false;
    this.#coordinator.check(code, `the group ${this.#options.group} did not hear of its member`);
    return true;
  }

  /** Leaves. Failing at that is of no matter: the group notices when the session is over. */
  async leave(): Promise<void> {
    if (this.#memberId === '') return;
    const membership = { group: this.#options.group, memberId: this.#memberId, generation: -1 };
    this.#memberId = '';
    await this.#coordinator.send(leaveGroupRequest(membership)).catch(() => {});
  }

  #mustJoinAgain(code: number): boolean {
    if (code === UNKNOWN_MEMBER) this.#memberId = '';
    return JOIN_AGAIN.has(code);
  }

  async #shareOut(protocol: string, members: readonly { memberId: string; subscription: Buffer }[]) {
    const share = WAYS.get(protocol);
    if (share === undefined)
      throw new KafkaFailure('fatal', `the group ${this.#options.group} shares out by ${protocol}, which is unknown`);
    const subscribers = members.map(({ memberId, subscription }) => ({
      memberId,
      topics: decodeSubscription(subscription),
    }));
    const names = [...new Set(subscribers.flatMap(({ topics }) => topics))].sort();
    const found = await this.#reading.topics(names);
    const topics = new Map(found.map(({ name, partitions }) => [name, partitions]));
    const shares = [...share(subscribers, topics)].map(([id, of]) => [id, encodeShare(of)] as const);
    return { shares, counts: new Map(found.map(({ name, partitions }) => [name, partitions.length])) };
  }
}
