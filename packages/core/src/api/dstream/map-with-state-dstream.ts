import { stateSnapshots } from '../../plan/operators/state.ts';
import type { Named } from '../options.ts';
import { DStream } from './dstream.ts';

/** The output of `mapWithState`: a record for each call of the function that gave one. */
export class MapWithStateDStream<K, S, M> extends DStream<M> {
  /** All `[key, state]` after each batch (R48). Costs as much as there are keys. */
  stateSnapshots(options: Named = {}): DStream<[K, S]> {
    return this.derive<[K, S]>(stateSnapshots, options);
  }
}
