import type { Pipe, PipeSource, ProgramAggregator, ProgramFn } from '../task/program.ts';
import type { FnRef, FunctionScope } from './function-scope.ts';
import type { AggregatorRefs, Kept } from './rdd-node.ts';
import type { PlannedArgument, PlannedInput } from './stage-graph.ts';

/** Collects what a task needs while its pipes are made. */
export class TaskDraft {
  readonly inputs: PlannedInput[] = [];
  readonly args: PlannedArgument[] = [];
  readonly keeps: { key: string; kept: Kept; partition: number }[] = [];
  readonly states: string[] = [];
  readonly needs: Set<number>;
  readonly operators: Set<string>;
  readonly #scopes = new Map<FunctionScope, number>();

  constructor(needs: Set<number>, operators: Set<string>) {
    this.needs = needs;
    this.operators = operators;
  }

  input(input: PlannedInput): number {
    return this.inputs.push(input) - 1;
  }

  arg(argument: PlannedArgument): number {
    return this.args.push(argument) - 1;
  }

  keep(key: string, kept: Kept, partition: number): number {
    return this.keeps.push({ key, kept, partition }) - 1;
  }

  /** A function's address inside the program: functions made for one batch are named by the argument that brings them. */
  fn(scope: FunctionScope, ref: FnRef): ProgramFn {
    if (scope.rebuild === null && !scope.driverOnly) return ref;
    if (ref.charCodeAt(0) === 33 /* ! */) return ref;
    if (!ref.startsWith(`${scope.id}#`)) return ref;
    let argument = this.#scopes.get(scope);
    if (argument === undefined) {
      argument = this.arg({ kind: 'scope', rebuild: scope.rebuild, trace: scope.trace, live: scope.functions });
      this.#scopes.set(scope, argument);
    }
    return `@${argument}#${ref.slice(scope.id.length + 1)}`;
  }

  aggregator(scope: FunctionScope, refs: AggregatorRefs): ProgramAggregator {
    return {
      create: refs.create === null ? null : this.fn(scope, refs.create),
      add: this.fn(scope, refs.add),
      merge: refs.merge === null ? null : this.fn(scope, refs.merge),
    };
  }
}

/** A pipe that gives what its source gives. */
export function pipeFrom(source: PipeSource): Pipe {
  return { source, steps: [] };
}
