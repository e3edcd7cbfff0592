/**
 * How many bytes all requests together may hold. Each takes what it really holds, as it arrives, so that somebody who announces much and
 * sends nothing keeps nobody else out.
 *
 * @example
 * ```ts
 * const inFlight = new BytesInFlight(100);
 * const lease = inFlight.lease();
 * lease.take(60); // true
 * inFlight.lease().take(60); // false
 * lease.release();
 * inFlight.taken; // 0
 * ```
 */
export class BytesInFlight {
  readonly max: number;
  #taken = 0;

  constructor(max: number) {
    this.max = max;
  }

  get taken(): number {
    return this.#taken;
  }

  /** What one request holds. */
  lease(): Lease {
    let held = 0;
    return {
      take: (bytes) => {
        if (this.#taken + bytes > this.max) return false;
        this.#taken += bytes;
        held += bytes;
        return true;
      },
      release: () => {
        this.#taken -= held;
        held = 0;
      },
    };
  }
}

/** See `BytesInFlight`. */
export interface Lease {
  /** Takes more. @returns false, and takes nothing, if that is too much */
  take(bytes: number): boolean;
  /** Gives everything back. Twice is fine. */
  release(): void;
}
