import { error } from '@millrace/core/connector';

/** Headers of each request: given, or made anew for each, as for tokens that expire. */
export type HttpHeaders =
  | Readonly<Record<string, string>>
  | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>);

/** Set by the sink itself. */
const OWN = ['idempotency-key', 'content-length', 'transfer-encoding', 'host'];

/**
 * Where requests go. Who prints it sees the origin alone: paths, queries, user names and headers hold secrets.
 */
export class Target {
  /** Scheme, host and port: what may be shown. */
  readonly shown: string;
  readonly #url: string;
  readonly #authorization: string | null;
  readonly #headers: HttpHeaders;
  readonly #contentType: string;

  /** @throws MR_OPTION, without the value */
  constructor(url: string | URL, headers: HttpHeaders, contentType: string) {
    const parsed = parse(url);
    const { username, password } = parsed;
    this.#authorization =
      username === '' && password === ''
        ? null
        : `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;
    parsed.username = '';
    parsed.password = '';
    parsed.hash = '';
    this.shown = parsed.origin;
    this.#url = parsed.href;
    this.#headers = headers;
    this.#contentType = contentType;
    if (typeof headers !== 'function') check(headers);
  }

  /** What `fetch` is called with, and texts that must not be shown. @throws MR_OPTION; what the user's function throws */
  async request(key: string): Promise<{ url: string; headers: Headers; secrets: readonly string[] }> {
    const given = typeof this.#headers === 'function' ? await this.#headers() : this.#headers;
    const headers = check(given);
    if (!headers.has('content-type')) headers.set('content-type', this.#contentType);
    if (this.#authorization !== null && !headers.has('authorization'))
      headers.set('authorization', this.#authorization);
    headers.set('idempotency-key', key);
    const secrets = [...Object.values(given), ...(this.#authorization === null ? [] : [this.#authorization])];
    // A token comes back without its scheme as well.
    return { url: this.#url, headers, secrets: secrets.flatMap((s) => [s, ...s.split(' ')]) };
  }
}

function parse(url: string | URL): URL {
  let parsed: URL | null = null;
  try {
    parsed = new URL(url);
  } catch {
    // The message of the platform has the value in it.
  }
  if (parsed !== null && (parsed.protocol === 'http:' || parsed.protocol === 'https:')) return parsed;
  throw error('MR_OPTION', { option: 'httpSink: url', value: '…', rule: 'must be an absolute http: or https: URL' });
}

/** Headers in the platform's form. @throws MR_OPTION, without their values */
function check(given: Readonly<Record<string, string>>): Headers {
  const headers = new Headers();
  const refuse = (option: string, rule: string) => error('MR_OPTION', { option, value: '…', rule });
  if (typeof given !== 'object' || given === null) throw refuse('httpSink: headers', 'must be an object of texts');
  for (const [name, value] of Object.entries(given)) {
    const option = `httpSink: headers: ${name}`;
    if (OWN.includes(name.toLowerCase())) throw refuse(option, 'must be left out: the sink sets it');
    if (typeof value !== 'string') throw refuse(option, 'must be a text');
    try {
      headers.set(name, value);
    } catch {
      throw refuse(option, 'must be a name and a value that HTTP allows');
    }
  }
  return headers;
}

/** A text without the secrets in it. Short ones are left: they would take out parts of words. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let out = text;
  for (const secret of secrets) if (secret.length >= 6) out = out.replaceAll(secret, '…');
  return out;
}
