import { isLostConnection } from '@millrace/core/connector';
import { codeOf } from './pool.ts';

/** Codes of SQLSTATE after which the same transaction may succeed. */
const AGAIN = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55P03', // lock_not_available
  '57014', // query_canceled, by its timeout
  '25P03', // idle_in_transaction_session_timeout
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P05', // idle_session_timeout
  '53300', // too_many_connections
]);

/** What `pg` says without a code. */
const SAYS =
  /^(Connection terminated|Client has encountered a connection error|timeout (expired|exceeded)|Query read timeout|Client was closed)/;

/** Whether another try may succeed: after deadlocks, failed serializations and lost connections, and while the server starts or stops. */
export function retryable(reason: unknown): boolean {
  if (reason instanceof AggregateError) return reason.errors.some(retryable);
  const code = codeOf(reason);
  if (AGAIN.has(code) || isLostConnection(code) || code.startsWith('08')) return true;
  return code === '' && reason instanceof Error && SAYS.test(reason.message);
}
