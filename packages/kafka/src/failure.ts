/**
 * Why a request failed, as far as it decides what to do:
 *
 * - `again`: a broker is away, starts, or leads no longer; the same may succeed a little later
 * - `out-of-range`: the offset is not there: deleted by retention, or never written
 * - `unknown-topic`: the topic or partition is not there, or another topic has its name now
 * - `fenced`: another producer has taken over
 * - `refused`: the brokers know who asks and do not allow it, or the login failed
 * - `fatal`: everything else
 */
export type FailureKind = 'again' | 'out-of-range' | 'unknown-topic' | 'fenced' | 'refused' | 'fatal';

/** What else is known of a failure. */
interface FailureOptions extends ErrorOptions {
  readonly code?: number | null;
}

/** A failure of which a broker told with a code. @param what for the message: `the group g could not be joined` */
export const refusedWith = (code: number, what: string, kind: FailureKind = kindOfCode(code)): KafkaFailure =>
  new KafkaFailure(kind, `${what} (${SAYS.get(code) ?? `code ${code}`})`, { code });

/** What users can do something about, in words. */
export const SAYS: ReadonlyMap<number, string> = new Map([
  [-1, 'UNKNOWN_SERVER_ERROR: a broker met an error of its own, which its log names'],
  [10, 'MESSAGE_TOO_LARGE: a record is larger than `max.message.bytes` of the topic or the broker'],
  [17, 'INVALID_TOPIC_EXCEPTION: the name of a topic is not allowed'],
  [18, 'RECORD_LIST_TOO_LARGE: records are larger together than the segments of the topic'],
  [29, 'TOPIC_AUTHORIZATION_FAILED: the user may not do this with the topic'],
  [30, 'GROUP_AUTHORIZATION_FAILED: the user may not do this with the group'],
  [44, 'POLICY_VIOLATION: a policy of the broker does not allow it'],
  [53, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED: the user may not use the transactional id'],
  [87, 'INVALID_RECORD: the broker does not take such a record; a compacted topic needs keys'],
]);

/** An error of a Kafka client, whichever client it is. Its message names no secrets. */
export class KafkaFailure extends Error {
  readonly kind: FailureKind;
  /** What a broker answered, as a code of the protocol; null where none did. */
  readonly code: number | null;

  constructor(kind: FailureKind, message: string, { code = null, ...options }: FailureOptions = {}) {
    super(message, options);
    this.name = 'KafkaFailure';
    this.kind = kind;
    this.code = code;
  }
}

/** Whether an error is a `KafkaFailure`, of one kind where that is given. */
export function isKafkaFailure(e: unknown, kind?: FailureKind): e is KafkaFailure {
  return e instanceof KafkaFailure && (kind === undefined || e.kind === kind);
}

/**
 * Whether a broker has answered with a code: what it says of itself may pass in a moment, while one that is away may stay away.
 */
export const hasCode = (e: unknown): boolean => isKafkaFailure(e) && e.code !== null;

/** What codes of the protocol mean. Codes that are not here are `fatal`. */
const KINDS: ReadonlyMap<number, FailureKind> = new Map<number, FailureKind>([
  // UNKNOWN_SERVER_ERROR: an exception inside of a broker. One of Kafka 4 ends a transaction so while another producer takes it over.
  [-1, 'again'],
  [1, 'out-of-range'],
  [3, 'unknown-topic'],
  [5, 'again'], // LEADER_NOT_AVAILABLE
  [6, 'again'], // NOT_LEADER_OR_FOLLOWER
  [7, 'again'], // REQUEST_TIMED_OUT
  [8, 'again'], // BROKER_NOT_AVAILABLE
  [9, 'again'], // REPLICA_NOT_AVAILABLE
  [13, 'again'], // NETWORK_EXCEPTION
  [14, 'again'], // COORDINATOR_LOAD_IN_PROGRESS
  [15, 'again'], // COORDINATOR_NOT_AVAILABLE
  [16, 'again'], // NOT_COORDINATOR
  [19, 'again'], // NOT_ENOUGH_REPLICAS
  [20, 'again'], // NOT_ENOUGH_REPLICAS_AFTER_APPEND
  [22, 'refused'], // ILLEGAL_GENERATION
  [25, 'refused'], // UNKNOWN_MEMBER_ID: the group has members, and whoever asks is none
  [27, 'again'], // REBALANCE_IN_PROGRESS
  [29, 'refused'], // TOPIC_AUTHORIZATION_FAILED
  [30, 'refused'], // GROUP_AUTHORIZATION_FAILED
  [31, 'refused'], // CLUSTER_AUTHORIZATION_FAILED
  [33, 'refused'], // UNSUPPORTED_SASL_MECHANISM
  [45, 'again'], // OUT_OF_ORDER_SEQUENCE_NUMBER: with another producer
  [47, 'fenced'], // INVALID_PRODUCER_EPOCH
  [48, 'again'], // INVALID_TXN_STATE
  [49, 'again'], // INVALID_PRODUCER_ID_MAPPING
  [51, 'again'], // CONCURRENT_TRANSACTIONS
  [52, 'again'], // TRANSACTION_COORDINATOR_FENCED
  [53, 'refused'], // TRANSACTIONAL_ID_AUTHORIZATION_FAILED
  [56, 'again'], // KAFKA_STORAGE_ERROR
  [58, 'refused'], // SASL_AUTHENTICATION_FAILED
  [59, 'again'], // UNKNOWN_PRODUCER_ID
  [74, 'again'], // FENCED_LEADER_EPOCH
  [75, 'again'], // UNKNOWN_LEADER_EPOCH
  [78, 'again'], // OFFSET_NOT_AVAILABLE
  [88, 'again'], // UNSTABLE_OFFSET_COMMIT
  [90, 'fenced'], // PRODUCER_FENCED
  [100, 'unknown-topic'], // UNKNOWN_TOPIC_ID
  [103, 'unknown-topic'], // INCONSISTENT_TOPIC_ID
]);

/** What a code of the protocol means. */
export const kindOfCode = (code: number): FailureKind => KINDS.get(code) ?? 'fatal';

/** Whether a connection failed because one side does not believe the certificate of the other: the same will not succeed later. */
export const isDistrust = (code: unknown): boolean =>
  typeof code === 'string' && /^(ERR_TLS_CERT|ERR_SSL_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/.test(code);

/** The failure of ours that a client has wrapped in errors of its own; null if there is none. */
export function failureWithin(e: unknown): KafkaFailure | null {
  if (e instanceof KafkaFailure) return e;
  if (!(e instanceof Error)) return null;
  const { cause, originalError, errors } = e as Error & { readonly originalError?: unknown; readonly errors?: unknown };
  for (const inner of [cause, originalError, ...(Array.isArray(errors) ? errors : [])]) {
    const found = inner === e ? null : failureWithin(inner);
    if (found !== null) return found;
  }
  return null;
}
