import { error } from '../errors/index.ts';
import { CommittedState } from './committed-state.ts';
import { ContextBase } from './context-base.ts';

/** What a context has to say of its job's state: reading it from the driver. */
export abstract class StatefulContext extends ContextBase {
  /**
   * The committed state of an operator (`updateStateByKey`, `mapWithState`, `dedupe`, a window with inverse), to be read by key
   * while the job runs. Give the operator a name of its own; on every backend, with and without checkpoints, and for jobs of `loadJob`.
   * May be asked for at any time; reading needs a job that runs.
   * @param name of the operator
   * @example
   * ```ts
   * const totals = ssc.state<string, number>('totals');
   * // in a request handler: await totals.get('ann')
   * ```
   */
  state<K = unknown, S = unknown>(name: string): CommittedState<K, S> {
    return new CommittedState<K, S>(name, () => {
      if (this.currentRun !== null) return this.currentRun.stateReads;
      const what = `Reading the state of ${name}`;
      throw error(this.life === 'STOPPED' ? 'MR_CONTEXT_STOPPED' : 'MR_NOT_INITIALIZED', { what });
    });
  }
}
