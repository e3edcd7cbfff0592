import { isLostConnection, isMillraceError, withoutSecrets } from '@millrace/core/connector';
import { type FailureKind, failureWithin, isDistrust, KafkaFailure, kindOfCode, SAYS } from '../failure.ts';

/** What its errors without a code of the protocol mean. */
const BY_NAME: Readonly<Record<string, FailureKind>> = {
  KafkaJSConnectionError: 'again',
  KafkaJSConnectionClosedError: 'again',
  KafkaJSRequestTimeoutError: 'again',
  KafkaJSBrokerNotFound: 'again',
  KafkaJSMetadataNotLoaded: 'again',
  KafkaJSTopicMetadataNotLoaded: 'again',
  KafkaJSGroupCoordinatorNotFound: 'again',
  KafkaJSTimeout: 'again',
  KafkaJSLockTimeout: 'again',
  KafkaJSSASLAuthenticationError: 'refused',
};

interface KafkaJsError extends Error {
  readonly code?: unknown;
  readonly originalError?: unknown;
}

/** An error of kafkajs as the port throws it. Errors of the engine stay. */
export function toFailure(e: unknown, secrets: readonly string[]): Error {
  if (isMillraceError(e)) return e;
  const ours = failureWithin(e);
  if (ours !== null) return ours;
  const root = rootOf(e as KafkaJsError);
  const code = typeof root.code === 'number' ? root.code : null;
  const message = (code === null ? undefined : SAYS.get(code)) ?? withoutSecrets(root, secrets).message;
  return new KafkaFailure(kindOf(root), message.replace(/\.$/, ''), { code });
}

function kindOf({ name, code, message }: KafkaJsError): FailureKind {
  if (typeof code === 'number') return kindOfCode(code);
  if (isLostConnection(code)) return 'again';
  // A plain error, of a broker whose connection another request has given up.
  if (message === 'Broker not connected') return 'again';
  if (isDistrust(code)) return 'refused';
  return BY_NAME[name] ?? 'fatal';
}

/** What its errors about having tried often enough are about. */
function rootOf(e: KafkaJsError): KafkaJsError {
  const cause = e.cause ?? e.originalError;
  return cause instanceof Error && cause !== e ? rootOf(cause as KafkaJsError) : e;
}
