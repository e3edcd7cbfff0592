import type { AnyFunction } from '../lineage/function-scope.ts';
import { compileLoop, type Loop, type LoopFactory, type LoopSink } from './fuse.ts';
import type { Pipe } from './program.ts';

interface Compiled {
  readonly factory: LoopFactory;
  /** Null where functions are made anew by transform in each batch. */
  readonly fixed: Loop | null;
}

/**
 * Compiled loops. A pipe belongs to one program, and programs are shared between batches, so a loop for each pipe and kind of sink is
 * compiled once and V8 keeps what it learned about it.
 */
export class LoopCache {
  readonly #loops = new WeakMap<Pipe, Map<string, Compiled>>();

  loop(
    pipe: Pipe,
    sink: LoopSink,
    sinkFunctions: readonly string[],
    sinkOperator: () => string,
    resolve: (fn: string) => AnyFunction,
  ): Loop {
    const kind = kindOf(sink);
    let ofPipe = this.#loops.get(pipe);
    const known = ofPipe?.get(kind);
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
    const changes = names.some((name) => name.charCodeAt(0) === 64 /* @ */);
    ofPipe ??= new Map();
    this.#loops.set(pipe, ofPipe.set(kind, { factory, fixed: changes ? null : made }));
    return made;
  }
}

/** What of a sink is in the text of a loop, beside what is the same for all uses of a pipe. */
function kindOf(sink: LoopSink): string {
  if (sink.kind === 'scatter') return `scatter ${sink.reducers}`;
  // A loop that both counted and did not would be optimized for neither.
  return sink.kind === 'aggregate' && sink.counts ? 'aggregate and count' : sink.kind;
}
