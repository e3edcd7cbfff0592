import type { Clock } from '@millrace/core';
import { after, type BackoffMs, backoffMs, delay, error, isMillraceError } from '@millrace/core/connector';
import { retryAfterMs } from './retry-after.ts';
import { type Target, withoutSecrets } from './target.ts';

/** How one request is made. */
export interface PostOptions {
  readonly timeoutMs: number;
  /** Attempts after the first. */
  readonly retries: number;
  readonly backoff: BackoffMs;
  /** Longest wait that a Retry-After is granted. */
  readonly maxRetryAfterMs: number;
  /** Name of the sink, for errors. */
  readonly sink: string;
  readonly clock: Clock;
  /** Gives numbers in [0, 1), the same ones in each run. */
  readonly random: () => number;
  /** Ends the request and its waits: another one has failed. */
  readonly signal: AbortSignal;
}

/** Characters of an answer that an error shows. */
const SHOWN = 200;
/** Bytes of an answer that are read; who sends more is hung up on. */
const MOST_ANSWER = 2 ** 16;

/** What became of one attempt: done, or why not, and whether and when it may be tried again. */
type Outcome =
  | { readonly done: true }
  | {
      readonly done: false;
      readonly again: boolean;
      readonly reason: string;
      readonly afterMs: number;
      readonly cause?: unknown;
    };

/**
 * Sends a body until it is taken: again after network errors, timeouts and the answers 408, 425, 429 and 5xx, when a
 * growing random time has passed, or what Retry-After asks for.
 *
 * @throws MR_SINK_FAILED after any other answer, and when no attempts are left
 */
export async function post(target: Target, key: string, body: string, options: PostOptions): Promise<void> {
  const { sink, retries, backoff, clock, random, signal, maxRetryAfterMs } = options;
  for (let attempt = 1; ; attempt++) {
    const outcome = await once(target, key, body, options);
    if (outcome.done) return;
    if (signal.aborted) throw signal.reason;
    if (!outcome.again || attempt > retries) {
      const tries = attempt === 1 ? '' : ` (attempt ${attempt})`;
      const reason = `${target.shown} ${outcome.reason}${tries}`.replace(/\.+$/, '');
      throw error('MR_SINK_FAILED', { sink, reason }, { cause: outcome.cause });
    }
    await delay(
      clock,
      Math.max(backoffMs(attempt, backoff, random), Math.min(outcome.afterMs, maxRetryAfterMs)),
      signal,
    );
  }
}

async function once(target: Target, key: string, body: string, options: PostOptions): Promise<Outcome> {
  const { clock, timeoutMs, signal } = options;
  const { url, headers, secrets } = await target.request(key);
  const late = new AbortController();
  const cancel = after(clock, timeoutMs, () => late.abort());
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      // Where it leads is for who configures the sink to decide: secrets would follow it.
      redirect: 'manual',
      signal: AbortSignal.any([late.signal, signal]),
    });
    // Read to its end, so that the connection can be used again.
    const text = await answerOf(response);
    const { status } = response;
    if (response.ok) return { done: true };
    const again = status === 408 || status === 425 || status === 429 || status >= 500;
    const shown = withoutSecrets(text, secrets).slice(0, SHOWN).trim();
    const afterMs = again ? retryAfterMs(response.headers.get('retry-after'), clock.now()) : 0;
    return { done: false, again, reason: `answered ${status}${shown === '' ? '' : `: ${shown}`}`, afterMs };
  } catch (e) {
    if (isMillraceError(e)) throw e;
    if (late.signal.aborted)
      return { done: false, again: true, reason: `did not answer within ${timeoutMs} ms`, afterMs: 0 };
    const { cause = e } = e as Error;
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = withoutSecrets(code ?? message, secrets);
    return { done: false, again: true, reason: `could not be reached: ${why}`, afterMs: 0, cause };
  } finally {
    cancel();
  }
}

/** The beginning of an answer as text. */
async function answerOf(response: Response): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const piece of response.body) {
    // A few more than are shown: secrets are taken out before it is cut.
    if (text.length < 16 * SHOWN) text += decoder.decode(piece, { stream: true });
    bytes += piece.length;
    // Leaving the loop hangs up.
    if (bytes > MOST_ANSWER) break;
  }
  return text;
}
