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

/**
 * Opens the way to one run of a job.
 *
 * @throws Error where what an input of somebody's own gives is no feed
 */
export async function openFeed<T>(id: string, input: LiveInput<T>): Promise<LiveFeed<T>> {
  const feed = await input.open();
  const fields = (feed ?? {}) as Partial<Record<keyof LiveFeed<T>, unknown>>;
  for (const name of ['ready', 'send', 'close'] as const)
    if (typeof fields[name] !== 'function')
      throw new Error(`the feed that the live input of ${id} opens has no function ${name}: see LiveFeed`);
  if (typeof fields.params !== 'object' || fields.params === null)
    throw new Error(
      `the feed that the live input of ${id} opens has no params: they say where the job finds its records`,
    );
  return feed;
}
