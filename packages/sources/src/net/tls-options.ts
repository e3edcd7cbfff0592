import { type ConnectionOptions, createSecureContext, type TlsOptions } from 'node:tls';
import { error } from '@millrace/core/connector';

/**
 * Checks the TLS options of a source that listens, where it is written down: a key that cannot be read is found before
 * anything runs. Nothing of them is shown.
 *
 * @param option what the error calls it: `'httpStream: tls'`
 * @param create makes the server that is to be, which listens to nothing
 * @throws MR_OPTION
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { createServer } from 'node:tls';
 * const given = { key: readFileSync('./key.pem'), cert: readFileSync('./cert.pem') };
 * const tls = checkedServerTls('socketServerStream: tls', given, createServer);
 * ```
 */
export function checkedServerTls<O extends TlsOptions>(option: string, tls: O, create: (tls: O) => unknown): O {
  const rule = 'must be an object with key and cert';
  if (typeof tls !== 'object' || tls === null || Array.isArray(tls)) throw refused(option, rule);
  const { key, cert, pfx, SNICallback, pskCallback } = tls;
  // A server without a certificate takes connections and agrees with none of them.
  const isKnown =
    (key !== undefined && cert !== undefined) || [pfx, SNICallback, pskCallback].some((o) => o !== undefined);
  if (!isKnown) throw refused(option, rule);
  try {
    create(tls);
  } catch (e) {
    throw refused(option, `must have a key and its cert (${reasonOf(e)})`);
  }
  return tls;
}

/**
 * Checks the TLS options of a source that connects, where it is written down. Nothing of them is shown.
 *
 * @throws MR_OPTION
 * @example
 * ```ts
 * const tls = checkedClientTls('socketTextStream: tls', { servername: 'example.org' });
 * ```
 */
export function checkedClientTls(option: string, tls: ConnectionOptions): ConnectionOptions {
  // Not the value: a key may have been given in the wrong place.
  if (typeof tls !== 'object' || tls === null || Array.isArray(tls))
    throw refused(option, 'must be options of tls.connect, or left out');
  try {
    if (tls.secureContext === undefined) createSecureContext(tls);
  } catch (e) {
    throw refused(option, `must be options of tls.connect whose certificates and keys can be read (${reasonOf(e)})`);
  }
  return tls;
}

/** OpenSSL's words hold nothing of what it was given; Node's may, where they name more than the option and its type. */
function reasonOf(e: unknown): string {
  const { code = 'they cannot be used', message } = e as NodeJS.ErrnoException;
  if (code.startsWith('ERR_OSSL')) return message;
  return code === 'ERR_INVALID_ARG_TYPE' ? message.replace(/\.? Received .*$/s, '') : code;
}

function refused(option: string, rule: string): Error {
  return error('MR_OPTION', { option, value: '…', rule });
}
