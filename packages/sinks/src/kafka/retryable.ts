import { type FailureKind, isKafkaFailure } from '@millrace/kafka';

const AGAIN: readonly FailureKind[] = ['again', 'fenced', 'unknown-topic'];

/**
 * Whether another try may succeed, with another producer: after brokers were lost, when another writer took over, and where a
 * partition is not known yet that is there.
 */
export function retryable(reason: unknown): boolean {
  return isKafkaFailure(reason) && AGAIN.includes(reason.kind);
}

/** An error as it may be shown. Those of Kafka have no secrets in them. */
export function shown(reason: unknown): Error {
  const e = reason instanceof Error ? reason : new Error(String(reason));
  if (!isKafkaFailure(e, 'fenced')) return e;
  const why = 'another writer of the same partition took over, or the transaction took longer than transactionTimeout';
  return new Error(`${why} (${e.message})`, { cause: e });
}
