import { error } from '../../errors/index.ts';
import { stateSnapshots } from '../../plan/operators/state.ts';
import type { Named } from '../options.ts';
import { DStream } from './dstream.ts';

/** The output of `mapWithState`: a record for each call of the function that gave one. */
export class MapWithStateDStream<K, S, M> extends DStream<M> {
  /**
   * All `[key, state]` after each batch (R48). Costs as much as there are keys.
   * @throws MR_OPTION for state that is `stored`: more than memory holds
   */
  stateSnapshots(options: Named = {}): DStream<[K, S]> {
    if (this.node.params.stored === true)
      throw error('MR_OPTION', {
        option: 'stateSnapshots',
        value: this.node.name,
        rule: 'is not there for state that lies in the store, which may be more than memory holds: ask for keys with ssc.state',
      });
    return this.derive<[K, S]>(stateSnapshots, options);
  }
}
