/** What a program says to a request. */
type Reply = { readonly ok: unknown } | { readonly error: string };

/** Requests that wait for their replies, which come as lines of JSON in the order of the requests. */
export class Replies {
  readonly #waiting: PromiseWithResolvers<unknown>[] = [];
  #over: Error | null = null;

  /** The reply to a request that is sent now. Rejects with what the program said, or with why none will come. */
  next(): Promise<unknown> {
    if (this.#over !== null) return Promise.reject(this.#over);
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  /** Takes a line. Whatever is no reply to a request ends all of them: nobody would know which replies are whose. */
  take(line: string): void {
    const reply = parsed(line);
    const waiting = this.#waiting[0];
    if (reply === null || waiting === undefined) {
      const short = JSON.stringify(line.slice(0, 200));
      this.end(new Error(`the program on Spark said what is no reply to a request: ${short}`));
      return;
    }
    this.#waiting.shift();
    if ('error' in reply) waiting.reject(new Error(`the program on Spark failed: ${reply.error}`));
    else waiting.resolve(reply.ok);
  }

  /** No reply comes any more. */
  end(reason: Error): void {
    this.#over ??= reason;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#over);
  }
}

function parsed(line: string): Reply | null {
  try {
    const value = JSON.parse(line) as Partial<Record<'ok' | 'error', unknown>> | null;
    if (typeof value !== 'object' || value === null) return null;
    if (typeof value.error === 'string') return { error: value.error };
    return 'ok' in value ? { ok: value.ok } : null;
  } catch {
    return null;
  }
}
