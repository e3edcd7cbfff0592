/** Why a request is not accepted, as it is answered. Not an Error: it is made for every bad request and needs no stack. */
export class Refusal {
  readonly status: number;
  /** For the sender. */
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Records that their sender keeps; what listeners hear of as `refused`. */
  readonly records: number;

  constructor(status: number, reason: string, headers: Readonly<Record<string, string>> = {}, records = 0) {
    this.status = status;
    this.reason = reason;
    this.headers = headers;
    this.records = records;
  }
}

/** The sender went away in the middle of its request: there is nobody to answer. */
export const SENDER_GONE: unique symbol = Symbol('sender gone');

/** 429: there is no room for it now. */
export function noRoom(retryInMs: number, records = 1): Refusal {
  const seconds = Math.max(1, Math.ceil(retryInMs / 1000));
  return new Refusal(429, `there is no room, try again in ${seconds} s`, { 'retry-after': String(seconds) }, records);
}

/** 413. */
export function tooLarge(maxBytes: number): Refusal {
  return new Refusal(413, `the body is longer than ${maxBytes} bytes`);
}

/** 400. */
export function badBody(reason: string): Refusal {
  return new Refusal(400, reason);
}

/** 503: the job is about to end. */
export function stopping(): Refusal {
  return new Refusal(503, 'the receiver is being stopped');
}
