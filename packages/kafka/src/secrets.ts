import type { KafkaSettings } from './port.ts';

/** What of the options of a TLS connection must not be shown. */
export function secretsOfTls(tls: KafkaSettings['tls']): string[] {
  if (tls === null) return [];
  return [tls.key, tls.pfx, tls.passphrase].flatMap(texts);
}

/** Keys may be texts, bytes, lists, and objects that hold one with its passphrase. */
function texts(secret: unknown): string[] {
  if (typeof secret === 'string') return [secret];
  if (secret instanceof Uint8Array) return [Buffer.from(secret).toString()];
  if (Array.isArray(secret)) return secret.flatMap(texts);
  if (typeof secret !== 'object' || secret === null) return [];
  const { pem, buf, passphrase } = secret as Record<string, unknown>;
  return [pem, buf, passphrase].flatMap(texts);
}
