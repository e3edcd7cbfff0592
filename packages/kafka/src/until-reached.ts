import type { Clock } from '@millrace/core';
import { backoffMs, delay, error, isMillraceError } from '@millrace/core/connector';
import { isKafkaFailure } from './failure.ts';

/** Waits between attempts, in ms. */
const BACKOFF = { initialMs: 50, maxMs: 1000 } as const;

/** Who asks Kafka for something, and for how long. */
export interface Asking {
  /** For errors: `'The stream orders'`. */
  readonly what: string;
  /** Brokers as they may be shown. */
  readonly brokers: string;
  readonly clock: Clock;
  /** How long it is tried again while brokers are away, in ms. */
  readonly retryForMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Asks until brokers that are away are there again, for so long. Failures that are about the question itself, out of range
 * and unknown topic, are thrown as they are.
 *
 * @throws KafkaFailure of these kinds and `fenced`; MR_KAFKA_UNREACHABLE, MR_KAFKA_REFUSED, MR_KAFKA_FAILED
 */
export async function untilReached<R>(asking: Asking, ask: () => Promise<R>): Promise<R> {
  const { what, brokers, clock, retryForMs, signal } = asking;
  const began = clock.elapsed();
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (cause) {
      if (isMillraceError(cause)) throw cause;
      const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\.+$/, '');
      if (!isKafkaFailure(cause)) throw error('MR_KAFKA_FAILED', { what, brokers, reason }, { cause });
      const { kind } = cause;
      if (kind === 'out-of-range' || kind === 'unknown-topic' || kind === 'fenced') throw cause;
      if (kind === 'refused') throw error('MR_KAFKA_REFUSED', { what, brokers, reason }, { cause });
      if (kind === 'fatal') throw error('MR_KAFKA_FAILED', { what, brokers, reason }, { cause });
      const waitedMs = Math.round(clock.elapsed() - began);
      if (waitedMs >= retryForMs) throw error('MR_KAFKA_UNREACHABLE', { what, brokers, waitedMs, reason }, { cause });
      await delay(clock, Math.max(1, backoffMs(attempt, BACKOFF, Math.random)), signal);
    }
  }
}
