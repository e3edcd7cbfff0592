import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { error } from '@millrace/core/connector';

/** Who may connect: those who know a token, or those whom a function lets in. */
export type Auth = { readonly token: string } | ((request: IncomingMessage) => boolean | Promise<boolean>);

/** Whether a request may come in. */
export type Authorize = (request: IncomingMessage, url: URL) => boolean | Promise<boolean>;

/**
 * Makes the check of the option `auth`; null without one. A token is looked for in `Authorization: Bearer …` and, since pages of
 * browsers cannot set that header for a WebSocket or an EventSource, in the query as `access_token`.
 * @throws MR_OPTION, without what was given: it may be the secret
 */
export function authorizer(what: string, auth: Auth | undefined): Authorize | null {
  if (auth === undefined) return null;
  if (typeof auth === 'function') return (request) => auth(request);
  const token: unknown = auth?.token;
  if (typeof token !== 'string' || token === '' || Object.keys(auth).length !== 1) {
    throw error('MR_OPTION', {
      option: `${what}: auth`,
      value: '…',
      rule: 'must be { token } with a text that is not empty, or a function of the request',
    });
  }
  const expected = digest(token);
  return (request, url) => {
    const header = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    const given = header ?? url.searchParams.get('access_token');
    // Digests have one length, and comparing them takes the same time wherever they differ.
    return given !== null && timingSafeEqual(digest(given), expected);
  };
}

/** Pages that may connect besides those of the server's own origin. */
export type Origins = readonly string[] | '*';

/** Checks the option `origins`. @throws MR_OPTION */
export function checkOrigins(what: string, origins: Origins): Origins {
  const fine = origins === '*' || (Array.isArray(origins) && origins.every(isOrigin));
  if (fine) return origins;
  throw error('MR_OPTION', {
    option: `${what}: origins`,
    value: origins,
    rule: "must be '*' or a list of origins such as 'https://example.org', without a path",
  });
}

/**
 * Whether a page may connect. Browsers let every page of the internet open a WebSocket to a server of this machine and send
 * a GET to it, and say where the page is from; so the server has to say no. Programs send no origin and are not meant.
 */
export function isOriginAllowed(request: IncomingMessage, origins: Origins): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || origins === '*' || origins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** True for addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function isOrigin(origin: unknown): boolean {
  return typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
