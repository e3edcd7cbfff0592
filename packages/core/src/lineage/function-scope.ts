/**
 * The address of a function that lineage refers to. Closures cannot cross threads, so lineage never holds them: it holds
 * addresses, and whoever runs a task looks the function up in its own copy of the plan.
 *
 * - `"!name"`: a function of the engine itself, see `builtins.ts`.
 * - `"node#i"`: the i-th function of a plan node; the same in every batch.
 * - `"node@time#i"`: the i-th function made while `transform` built its lineage for one batch.
 */
export type FnRef = string;

/** Any function. Lineage does not know signatures; the operator that registers a function and the one that calls it do. */
// biome-ignore lint/suspicious/noExplicitAny: the one place where a function of unknown signature is named
export type AnyFunction = (...args: any[]) => any;

/**
 * Where lineage is being built: the functions registered so far, and the name that errors show. Two threads that run the
 * same program register the same functions in the same order, so an index is an address.
 */
export class FunctionScope {
  /** Address prefix: a node's name, or `name@time` for functions that live for one batch. */
  readonly id: string;
  /** Name of the plan node on whose behalf lineage is built, for errors and for `explain`. */
  readonly operator: string;
  /** Batch time in ms that the lineage belongs to. */
  readonly time: number;
  /** Shapes of the input batches when the functions were made by `transform`: what a worker needs to make them again. */
  readonly rebuild: ScopeRebuild | null;
  readonly functions: AnyFunction[];
  /** True for lineage built on the driver by a foreachRDD function or an application: only the driver can run it. */
  readonly driverOnly: boolean;
  #sequence = 0;
  #trace = '';

  constructor(options: {
    id: string;
    operator: string;
    time: number;
    rebuild?: ScopeRebuild | null;
    functions?: readonly AnyFunction[];
    driverOnly?: boolean;
  }) {
    this.id = options.id;
    this.operator = options.operator;
    this.time = options.time;
    this.rebuild = options.rebuild ?? null;
    this.driverOnly = options.driverOnly ?? false;
    this.functions = options.functions === undefined ? [] : (options.functions as AnyFunction[]);
  }

  /** Registers a function made while lineage is built and returns its address. */
  register(fn: AnyFunction): FnRef {
    this.functions.push(fn);
    return this.at(this.functions.length - 1);
  }

  /** The address of the i-th function of this scope. */
  at(index: number): FnRef {
    return `${this.id}#${index}`;
  }

  /** Number of the next lineage node of this scope; with the scope's id it makes the node's address. */
  nextSequence(): number {
    return this.#sequence++;
  }

  /** Records what was built, so that driver and worker can compare: the hash of the lineage that travels with a task. */
  note(text: string): void {
    this.#trace += `${text};`;
  }

  /** What was built so far, in words that are equal when the lineage is equal. */
  get trace(): string {
    return this.#trace;
  }
}

/** What a worker needs to run a `transform` function again: the inputs' shapes. Plain data. */
export interface ScopeRebuild {
  /** Name of the transform node. */
  readonly node: string;
  /** Batch time in ms. */
  readonly time: number;
  /** For each input batch: its number of partitions and what partitions it. */
  readonly inputs: readonly { readonly numPartitions: number; readonly partitioner: string | null }[];
}
