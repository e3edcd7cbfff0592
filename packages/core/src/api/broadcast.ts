import { error } from '../errors/index.ts';
import { type ActiveTask, activeTask } from '../task/context.ts';

/**
 * A value that every task can read: sent to each worker once, not with each record.
 *
 * The thunk that makes it runs on the driver only. A batch sees the version that was current when it was planned;
 * `update` holds from the next batch on. With a checkpoint the versions that batches see are stored: after a restart they see
 * them again, and the thunk does not run; a value that cannot be encoded is made anew then, with a warning.
 * @example
 * ```ts
 * const rates = ssc.broadcast('rates', () => new Map([['EUR', 1.08]]));
 * const dollars = amounts.map(([currency, n]) => n * (rates.value.get(currency) ?? 1));
 * rates.update(new Map([['EUR', 1.09]]));
 * ```
 */
export class Broadcast<out V> {
  readonly name: string;
  readonly #registry: BroadcastRegistry;
  #task: ActiveTask | null = null;
  #value: unknown;

  constructor(name: string, registry: BroadcastRegistry) {
    this.name = name;
    this.#registry = registry;
  }

  /**
   * The value: inside a task that of the batch's version, on the driver the latest.
   * @throws MR_BROADCAST_OUTSIDE in a worker outside of a task
   */
  get value(): V {
    const task = activeTask();
    if (task === null) return this.#registry.latest(this.name) as V;
    // A task asks once for each record: remember the answer for as long as it is the same task.
    if (task !== this.#task) {
      this.#value = task.broadcast(this.name);
      this.#task = task;
    }
    return this.#value as V;
  }

  /** Gives a new value, from the next planned batch on. On the driver only. @throws MR_BROADCAST_OUTSIDE in a worker */
  update(value: V): void {
    this.#registry.update(this.name, value);
  }
}

/** Values and versions of a context's broadcast variables. */
export class BroadcastRegistry {
  readonly #variables = new Map<
    string,
    { version: number; readonly values: Map<number, unknown>; readonly pins: Map<number, number> }
  >();
  readonly #thunks = new Map<string, () => unknown>();
  readonly #driver: boolean;

  /** @param driver false in a worker, where thunks do not run */
  constructor(driver: boolean) {
    this.#driver = driver;
  }

  /** @throws MR_DUPLICATE_NAME */
  add<V>(name: string, make: () => V): Broadcast<V> {
    if (this.#thunks.has(name))
      throw error('MR_DUPLICATE_NAME', { name, first: 'a broadcast variable', second: 'another' });
    this.#thunks.set(name, make);
    return new Broadcast<V>(name, this);
  }

  latest(name: string): unknown {
    const { version, values } = this.#variable(name);
    return values.get(version);
  }

  update(name: string, value: unknown): void {
    const variable = this.#variable(name);
    const before = variable.version;
    variable.version += 1;
    variable.values.set(variable.version, value);
    if ((variable.pins.get(before) ?? 0) === 0) variable.values.delete(before);
  }

  /** The value of a version that a batch has pinned. */
  value(name: string, version: number): unknown {
    return this.#variable(name).values.get(version);
  }

  /** Versions of all variables: the current ones, or those that a batch had in an earlier run, as far as they are there. */
  current(earlier: readonly (readonly [name: string, version: number])[] = []): ReadonlyMap<string, number> {
    const versions = new Map<string, number>();
    for (const name of this.#thunks.keys()) {
      const { values, version } = this.#variable(name);
      const had = earlier.find(([n]) => n === name)?.[1];
      versions.set(name, had !== undefined && values.has(had) ? had : version);
    }
    return versions;
  }

  /** Pins versions of all variables for a batch; see `current`. */
  pin(earlier: readonly (readonly [name: string, version: number])[] = []): ReadonlyMap<string, number> {
    const versions = this.current(earlier);
    for (const [name, version] of versions) {
      const { pins } = this.#variable(name);
      pins.set(version, (pins.get(version) ?? 0) + 1);
    }
    return versions;
  }

  /** Forgets versions that no batch has pinned, but for the current ones. */
  tidy(): void {
    for (const { version, values, pins } of this.#variables.values())
      for (const each of values.keys()) if (each !== version && !pins.has(each)) values.delete(each);
  }

  /** Gives a variable a version of an earlier run; the newest is the current one, and its thunk does not run. */
  restore(name: string, version: number, value: unknown): void {
    const variable = this.#variables.get(name) ?? { version, values: new Map(), pins: new Map() };
    this.#variables.set(name, variable);
    variable.version = Math.max(variable.version, version);
    variable.values.set(version, value);
  }

  /** Lets go of the versions of a batch; those that nobody needs are forgotten. */
  unpin(versions: ReadonlyMap<string, number>): void {
    for (const [name, version] of versions) {
      const variable = this.#variable(name);
      const pins = (variable.pins.get(version) ?? 1) - 1;
      if (pins > 0) {
        variable.pins.set(version, pins);
        continue;
      }
      variable.pins.delete(version);
      if (version !== variable.version) variable.values.delete(version);
    }
  }

  #variable(name: string) {
    let variable = this.#variables.get(name);
    if (variable !== undefined) return variable;
    const make = this.#thunks.get(name);
    if (!this.#driver || make === undefined) throw error('MR_BROADCAST_OUTSIDE', { name });
    variable = { version: 1, values: new Map([[1, make()]]), pins: new Map() };
    this.#variables.set(name, variable);
    return variable;
  }
}
