import type { IncomingMessage } from 'node:http';
import { checkedToken, error, sameToken, type TokenAuth } from '@millrace/core/connector';

/** Who may connect: those who know a token, or those whom a function lets in. */
export type Auth = TokenAuth | ((request: IncomingMessage) => boolean | Promise<boolean>);

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
  const { token } = checkedToken(`${what}: auth`, auth);
  return (request, url) => {
    const header = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    const given = header ?? url.searchParams.get('access_token');
    return given !== null && sameToken(given, token);
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

function isOrigin(origin: unknown): boolean {
  return typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin;
}
