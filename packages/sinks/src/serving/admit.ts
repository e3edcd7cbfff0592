import type { IncomingMessage } from 'node:http';
import { isOriginAllowed } from './access.ts';
import type { Audience } from './audience.ts';
import type { ServeSettings } from './serve-options.ts';

/** What decides whether a request becomes a client. */
export interface Gate {
  readonly settings: ServeSettings;
  readonly audience: Audience;
  readonly warn: (message: string) => void;
}

/** The status to refuse a request with; null to let it in. */
export async function refusal(request: IncomingMessage, url: URL, gate: Gate): Promise<number | null> {
  const { settings, audience, warn } = gate;
  if (request.method !== 'GET') return 405;
  if (!isOriginAllowed(request, settings.origins)) return 403;
  if (audience.full) return 503;
  if (settings.authorize === null) return null;
  try {
    if (!(await settings.authorize(request, url))) return 401;
  } catch (e) {
    warn(`The auth function of ${settings.label} threw, and the client was refused: ${String(e)}`);
    return 500;
  }
  // Others may have come meanwhile.
  return audience.full ? 503 : null;
}
