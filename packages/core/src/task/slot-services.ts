import type { Clock } from '../schedule/clock.ts';
import type { Resource } from './resources.ts';

/** What functions that wait may use of the slot in which they run. */
export interface SlotServices {
  readonly clock: Clock;
  /** What a resource opens: opened once in the slot. @throws what its `open` throws */
  open<C>(resource: Resource<C>): Promise<C>;
}

/** What a function over whole partitions returns when the task has to wait for its records. */
export class Later {
  readonly records: Promise<readonly unknown[]>;
  /** Ends what is under way for them: the task has failed without waiting to the end. */
  readonly giveUp: (reason: unknown) => void;

  constructor(records: Promise<readonly unknown[]>, giveUp: (reason: unknown) => void = () => {}) {
    this.records = records;
    this.giveUp = giveUp;
  }
}
