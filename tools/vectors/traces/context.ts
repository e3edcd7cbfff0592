import { type DStream, StreamingContext } from '../../../packages/core/src/index.ts';
import { TestSource } from '../../../packages/core/src/testing/index.ts';
import { scriptedContext } from '../scripts/scripted.ts';
import { type Machine, type MachineTable, type Step, unknownStep } from './machine.ts';

interface Named {
  readonly ssc: StreamingContext;
  /** What transformations and outputs are added to. */
  readonly stream: DStream<unknown>;
}

/** A context's life. Steps without a name are about the context that was made last. */
class Contexts {
  readonly #contexts = new Map<string, Named>();

  async step(step: Step): Promise<unknown> {
    const name = (step.name as string | undefined) ?? '';
    switch (step.op) {
      case 'new':
        this.#make(name, step.conf as Readonly<Record<string, unknown>> | undefined);
        return null;
      case 'addInput':
        return void new TestSource(this.#get(name).ssc, []);
      case 'addTransformation':
        return void this.#get(name).stream.map((x) => x);
      case 'addOutput':
        return this.#get(name).stream.foreachRDD(() => {});
      case 'start':
        return this.#get(name).ssc.start();
      case 'stop': {
        const { stopEngine, graceful } = step as { stopEngine?: boolean; graceful?: boolean };
        return this.#get(name).ssc.stop({ stopBackend: stopEngine, graceful });
      }
      case 'state':
        return this.#get(name).ssc.getState();
      case 'engineRunning':
        return this.#get(name).ssc.backend.running;
      case 'getActive':
        return this.#nameOf(StreamingContext.getActive());
      case 'getActiveOrCreate': {
        let created = false;
        const ssc = StreamingContext.getActiveOrCreate(() => {
          created = true;
          return this.#make(name);
        });
        return created ? 'created' : this.#nameOf(ssc);
      }
      default:
        throw unknownStep('StreamingContext', step);
    }
  }

  #make(name: string, conf: Readonly<Record<string, unknown>> = {}): StreamingContext {
    const { stopSparkContextByDefault } = conf as { stopSparkContextByDefault?: boolean };
    const { ssc } = scriptedContext(1000, { name, stopBackendByDefault: stopSparkContextByDefault });
    this.#contexts.set(name, { ssc, stream: new TestSource(ssc, []) });
    return ssc;
  }

  #get(name: string): Named {
    const found = this.#contexts.get(name);
    if (found === undefined) throw new TypeError(`the trace has made no context "${name}"`);
    return found;
  }

  #nameOf(ssc: StreamingContext | null): string | null {
    for (const [name, named] of this.#contexts) if (named.ssc === ssc) return name;
    return null;
  }
}

export const contextMachines: MachineTable = {
  StreamingContext: (): Machine => {
    const contexts = new Contexts();
    return (step) => contexts.step(step);
  },
};
