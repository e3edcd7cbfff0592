/** Records that a job reads from a source of its own, such as a socket, and what sends them there. */
export interface LiveInput<T> {
  /** The records from one number to another, without it, as the reference takes them. The n-th is the same whenever it is asked for. */
  records(from: number, to: number): readonly T[];
  /** Opens the way to a job that is not there yet; each run of the job has its own. */
  open(): Promise<LiveFeed<T>>;
}

/** The way to one run of a job. */
export interface LiveFeed<T> {
  /** Added to the job's params, which are then an object: where its source connects to. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Resolves when the job's source is there to receive. */
  ready(): Promise<void>;
  /** Sends records behind those before, in their order. Resolves when more can be sent. */
  send(records: readonly T[]): void | Promise<void>;
  close(): void | Promise<void>;
}

/** Whether a job gets its records from a source of its own. */
export function isLive<T>(input: object & { records(from: number, to: number): readonly T[] }): input is LiveInput<T> {
  return 'open' in input;
}
