import { error } from '../errors/index.ts';
import { builtins } from '../lineage/builtins.ts';
import type { AnyFunction, ScopeRebuild } from '../lineage/function-scope.ts';
import type { StateLogic } from '../state/state-logic.ts';
import type { ProgramFn, Task } from './program.ts';

/** A thread's copy of the plan, as far as tasks need it. */
export interface PlanFunctions {
  /** The functions of a plan node. @throws if there is no such node */
  functionsOf(node: string): readonly AnyFunction[];
  /** What a stateful node does with a batch. */
  stateLogic(node: string): StateLogic;
  /** Runs a `transform` function again and returns the functions it made, with the trace of the lineage it built. */
  rebuild(rebuild: ScopeRebuild): { readonly functions: readonly AnyFunction[]; readonly trace: string };
}

/** How many rebuilt transform scopes are kept: those of the batches in flight. */
const SCOPES_KEPT = 64;

/** Finds functions by their address, for the tasks of one slot. */
export class FunctionSource {
  readonly #plan: PlanFunctions;
  readonly #scopes = new Map<string, readonly AnyFunction[]>();

  constructor(plan: PlanFunctions) {
    this.#plan = plan;
  }

  get plan(): PlanFunctions {
    return this.#plan;
  }

  resolve(fn: ProgramFn, task: Task): AnyFunction {
    if (fn.charCodeAt(0) === 33 /* ! */) return builtins[fn.slice(1)];
    const hash = fn.lastIndexOf('#');
    const index = Number(fn.slice(hash + 1));
    if (fn.charCodeAt(0) === 64 /* @ */) return this.#scope(task, Number(fn.slice(1, hash)))[index];
    return this.#plan.functionsOf(fn.slice(0, hash))[index];
  }

  #scope(task: Task, argument: number): readonly AnyFunction[] {
    const scope = task.args[argument];
    if (scope.kind !== 'scope') throw new TypeError('a made function needs a scope argument');
    if (scope.live !== null) return scope.live;
    const rebuild = scope.rebuild;
    if (rebuild === null) throw new TypeError('functions of the driver cannot be found in a worker');
    const id = `${rebuild.node}@${rebuild.time}`;
    let functions = this.#scopes.get(id);
    if (functions === undefined) {
      const made = this.#plan.rebuild(rebuild);
      if (made.trace !== scope.trace) {
        throw error('MR_TRANSFORM_DIFFERS', {
          operator: rebuild.node,
          reason: `the driver built ${scope.trace || 'nothing'} and the worker built ${made.trace || 'nothing'}`,
        });
      }
      functions = made.functions;
      this.#scopes.set(id, functions);
      if (this.#scopes.size > SCOPES_KEPT) this.#scopes.delete(this.#scopes.keys().next().value as string);
    }
    return functions;
  }
}
