import { isLostConnection, isMillraceError, withoutSecrets } from '@millrace/core/connector';
import { type FailureKind, failureWithin, isDistrust, KafkaFailure, kindOfCode } from '../failure.ts';

/** An error of the library: of several things at once, of one thing with a cause, or of a broker's answer. */
interface LibraryError extends Error {
  readonly code?: unknown;
  /** What a broker answered. */
  readonly apiCode?: unknown;
  readonly apiId?: unknown;
  readonly serverErrorMessage?: unknown;
  readonly errors?: readonly unknown[];
}

/** An error of @platformatic/kafka as the port throws it. Errors of the engine stay. */
export function toFailure(e: unknown, secrets: readonly string[]): Error {
  if (isMillraceError(e)) return e;
  const ours = failureWithin(e);
  if (ours !== null) return ours;
  const { kind, code, error } = worst(rootsOf(e as LibraryError).map(judged));
  const { message } = withoutSecrets(new Error(textOf(error)), secrets);
  return new KafkaFailure(kind, message.replace(/\.+$/, ''), { code });
}

interface Judged {
  readonly kind: FailureKind;
  readonly code: number | null;
  readonly error: LibraryError;
}

function judged(error: LibraryError): Judged {
  const { code, apiCode } = error;
  if (typeof apiCode === 'number') return { kind: kindOfCode(apiCode), code: apiCode, error };
  return { kind: kindOfError(code), code: null, error };
}

function kindOfError(code: unknown): FailureKind {
  if (code === 'PLT_KFK_AUTHENTICATION' || isDistrust(code)) return 'refused';
  if (code === 'PLT_KFK_NETWORK' || code === 'PLT_KFK_TIMEOUT' || isLostConnection(code)) return 'again';
  return 'fatal';
}

/** Of several failures the one that another attempt does not mend. */
const worst = (all: readonly Judged[]): Judged => (all.find(({ kind }) => kind !== 'again') ?? all[0]) as Judged;

/** What the errors about having failed are about. */
function rootsOf(e: LibraryError): readonly LibraryError[] {
  const inner = [...(e.errors ?? []), e.cause].filter(
    (each): each is LibraryError => each instanceof Error && each !== e,
  );
  // What a broker answered, and what kept a login from succeeding, says more than its cause.
  const says = typeof e.apiCode === 'number' || e.code === 'PLT_KFK_AUTHENTICATION';
  return inner.length === 0 || says ? [e] : inner.flatMap(rootsOf);
}

function textOf({ message, code, apiId, serverErrorMessage }: LibraryError): string {
  if (typeof serverErrorMessage === 'string' && serverErrorMessage !== '') return serverErrorMessage;
  if (message === '') return String(code);
  return typeof apiId === 'string' ? `${message.replace(/\.$/, '')} (${apiId})` : message;
}
