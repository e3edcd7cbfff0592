import { error } from '../errors/index.ts';
import type { Clock } from '../schedule/clock.ts';
import { delay } from '../schedule/delay.ts';

/**
 * Something that is opened once in each slot and closed when the job stops: a connection, a pool, a client. Made by
 * `using`. It holds no state itself: what is open belongs to the slot, since several jobs may share a module.
 */
export class Resource<C> {
  readonly name: string;
  readonly #open: () => C | Promise<C>;
  readonly #close: ((client: C) => unknown) | null;
  /** The type of what is opened; never a value. */
  declare readonly clientType: C;

  constructor(name: string, open: () => C | Promise<C>, close: ((client: C) => unknown) | null) {
    this.name = name;
    this.#open = open;
    this.#close = close;
  }

  async open(): Promise<C> {
    return this.#open();
  }

  async close(client: C): Promise<void> {
    await this.#close?.(client);
  }
}

/** How many a slot holds. More are not meant: they come from `using` inside a function that runs for each batch. */
const MOST = 256;

/** How long closing may take before the job ends without it, in ms. */
const CLOSE_WITHIN_MS = 10_000;

/** What is open in one slot. */
export class Resources {
  readonly #clock: Clock;
  readonly #open = new Map<Resource<unknown>, Promise<unknown>>();
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * What `resource` opens: the same for all who ask, opened by the first. A failure is not remembered.
   * @throws what its `open` throws; MR_CONTEXT_STOPPED, MR_OPTION
   */
  get<C>(resource: Resource<C>): Promise<C> {
    const known = this.#open.get(resource as Resource<unknown>);
    if (known !== undefined) return known as Promise<C>;
    if (this.#closed) throw error('MR_CONTEXT_STOPPED', { what: `opening the resource "${resource.name}"` });
    if (this.#open.size >= MOST) {
      throw error('MR_OPTION', {
        option: 'using',
        value: resource.name,
        rule: `must be called where the plan is built, not for each batch: ${MOST} resources are open here already`,
      });
    }
    const opened = resource.open();
    this.#open.set(resource as Resource<unknown>, opened);
    opened.catch(() => this.#open.delete(resource as Resource<unknown>));
    return opened;
  }

  /** Closes all. @returns what went wrong, in words */
  async close(): Promise<string[]> {
    this.#closed = true;
    const open = [...this.#open];
    this.#open.clear();
    if (open.length === 0) return [];
    const complaints: string[] = [];
    const waiting = new Set(open.map(([resource]) => resource));
    const closeOne = async ([resource, opened]: [Resource<unknown>, Promise<unknown>]) => {
      try {
        // One that failed to open has told those who asked for it.
        const client = await opened.then(
          (value) => ({ value }),
          () => null,
        );
        if (client !== null) await resource.close(client.value);
      } catch (e) {
        complaints.push(
          `closing the resource "${resource.name}" failed: ${e instanceof Error ? e.message : String(e)}`,
        );
      }
      waiting.delete(resource);
    };
    const enough = new AbortController();
    const tooLong = delay(this.#clock, CLOSE_WITHIN_MS, enough.signal).catch(() => {});
    await Promise.race([Promise.all(open.map(closeOne)), tooLong]);
    enough.abort();
    for (const { name } of waiting)
      complaints.push(`the resource "${name}" was not closed within ${CLOSE_WITHIN_MS} ms; the job ends without it`);
    return complaints;
  }
}
