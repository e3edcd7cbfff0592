import type { AnyFunction } from '../lineage/function-scope.ts';
import { compileLoop, type Loop, type LoopFactory, type LoopSink } from './fuse.ts';
import type { Pipe } from './program.ts';

/**
 * Compiled loops. A pipe belongs to one program and has one sink, so the pipe is the key; programs are shared between
 * batches, so a loop is compiled once and V8 keeps what it learned about it.
 */
export class LoopCache {
  readonly #loops = new WeakMap<Pipe, { readonly factory: LoopFactory; readonly fixed: Loop | null }>();

  loop(
    pipe: Pipe,
    sink: LoopSink,
    sinkFunctions: readonly string[],
    sinkOperator: () => string,
    resolve: (fn: string) => AnyFunction,
  ): Loop {
    let known = this.#loops.get(pipe);
    if (known?.fixed) return known.fixed;
    const names: string[] = [];
    const operators: string[] = [];
    const errors = pipe.steps.map((step) => (step.kind === 'tee' ? null : (step.errors ?? null)));
    for (const step of pipe.steps) {
      if (step.kind === 'tee') operators.push('');
      else {
        names.push(step.fn);
        operators.push(step.operator);
      }
    }
    names.push(...sinkFunctions);
    operators.push(sinkOperator());
    const factory = known?.factory ?? compileLoop(pipe.steps, sink);
    const made = factory(names.map(resolve), operators, errors);
    const changes = names.some((name) => name.charCodeAt(0) === 64 /* @: made anew by transform in each batch */);
    known = { factory, fixed: changes ? null : made };
    this.#loops.set(pipe, known);
    return made;
  }
}
