import { createHash, timingSafeEqual } from 'node:crypto';
import { error } from '../errors/index.ts';

/** A secret that senders have to know. */
export interface TokenAuth {
  readonly token: string;
}

/**
 * Checks a token that a user gave as an option. The error does not show it.
 *
 * @param option what the error calls it: `'httpStream: auth'`
 * @throws MR_OPTION unless it is `{ token }` with a text that is not empty
 * @example
 * ```ts
 * const { token } = checkedToken('socketServerStream: auth', { token: 's3cret' });
 * token; // 's3cret'
 * ```
 */
export function checkedToken(option: string, auth: TokenAuth): TokenAuth {
  // The parts of a text would be taken for options, and some of a text are all of it.
  const { token, ...others } = (typeof auth === 'object' && auth !== null ? auth : {}) as TokenAuth;
  const extra = Object.keys(others);
  if (typeof token === 'string' && token !== '' && extra.length === 0) return { token };
  const rule =
    extra.length > 0
      ? `has nothing but a token, so ${extra.join(', ')} must go`
      : 'must be { token }, with a text that is not empty, or a function';
  throw error('MR_OPTION', { option, value: '…', rule });
}

/**
 * Whether a sender knows the token. Takes the same time whatever was sent, so that nobody finds it out piece by piece.
 *
 * @example
 * ```ts
 * sameToken(Buffer.from('guess'), 's3cret'); // false
 * ```
 */
export function sameToken(given: string | Uint8Array, token: string): boolean {
  return timingSafeEqual(digest(given), digest(token));
}

/** Of equal length whatever is given, as the comparison demands. */
function digest(value: string | Uint8Array): Buffer {
  return createHash('sha256').update(value).digest();
}

/**
 * An address as it may be shown: without user, password and fragment, and without the values of its query.
 *
 * @example
 * ```ts
 * shownUrl('wss://me:pw@example.org/feed?key=1'); // 'wss://example.org/feed?key=…'
 * ```
 */
export function shownUrl(address: string | URL): string {
  const url = URL.parse(String(address));
  if (url === null) return '(no valid address)';
  const query = [...url.searchParams.keys()].map((name) => `${name}=…`).join('&');
  return `${url.protocol}//${url.host}${url.pathname}${query === '' ? '' : `?${query}`}`;
}

/** Everything in an address that may be a secret, as it stands there and decoded. */
export function secretsOf(address: string | URL): string[] {
  const url = URL.parse(String(address));
  if (url === null) return [String(address)];
  const { username, password, search, hash, searchParams } = url;
  // Values such as `1` are in every message, and protect nothing.
  const raw = search
    .slice(1)
    .split('&')
    .map((pair) => pair.slice(pair.indexOf('=') + 1));
  const values = [...raw, ...searchParams.values()].filter((value) => value.length > 3);
  const found = [username, password, search.slice(1), hash.slice(1), ...values];
  return found.flatMap((text) => [text, decoded(text)]).filter((text) => text !== '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * An error as it may be shown: what a library says about a connection may name its address, with password, or a header.
 * A new error with the same name, code and message, each secret as `…`; no stack and no cause, since those may hold it, too.
 *
 * @example
 * ```ts
 * withoutSecrets(new Error('cannot reach ws://u:pw@host/'), ['u', 'pw']).message; // 'cannot reach ws://…:…@host/'
 * ```
 */
export function withoutSecrets(cause: unknown, secrets: readonly string[]): Error {
  const { name, message, code } = (cause instanceof Error ? cause : new Error(String(cause))) as NodeJS.ErrnoException;
  // The longest first: one may be part of another.
  const sorted = secrets.filter((secret) => secret !== '').sort((a, b) => b.length - a.length);
  const pattern = sorted.map((secret) => secret.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|');
  const clean: NodeJS.ErrnoException = new Error(
    pattern === '' ? message : message.replace(new RegExp(pattern, 'g'), '…'),
  );
  clean.name = name;
  clean.stack = `${name}: ${clean.message}`;
  if (code !== undefined) clean.code = code;
  return clean;
}
