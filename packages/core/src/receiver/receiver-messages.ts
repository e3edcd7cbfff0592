import type { Block } from '../data/block.ts';
import type { ErrorData } from '../errors/index.ts';
import type { ReceiverEvent, Waiting } from './receiver-supervisor.ts';

/*
 * What the driver and a receiver in a worker say to each other. Plain data. Records cross as sealed blocks in shared
 * memory; the worker encodes, so the driver's thread does not.
 */

/** From the worker. */
export type FromReceiver =
  /** A block to be stored; answered by `stored` with the same number. */
  | {
      readonly type: 'block';
      readonly number: number;
      readonly id: string;
      readonly numRecords: number;
      readonly numBytes: number;
      readonly blocks: readonly Block[];
    }
  | {
      readonly type: 'event';
      readonly event: ReceiverEvent;
      readonly message: string | null;
      readonly cause: ErrorData | null;
    }
  /** Something for the stream, which only its receiver knows. */
  | { readonly type: 'announced'; readonly fact: unknown }
  | { readonly type: 'counted'; readonly refused: number; readonly dropped: number }
  /** The first start is done, or has failed. */
  | { readonly type: 'ready'; readonly error: ErrorData | null }
  /** Everything was stored; the last message. */
  | { readonly type: 'ended' };

/** To the worker. */
export type ToReceiver =
  | { readonly type: 'stored'; readonly number: number; readonly error: ErrorData | null }
  /** What was stored and whose batch has not begun. */
  | { readonly type: 'waiting'; readonly waiting: Waiting }
  | { readonly type: 'rate'; readonly rate: number }
  | { readonly type: 'stop' };

/** A way to talk to a receiver in a worker; a MessagePort is one, for example. Messages arrive once, in order. */
export interface ReceiverChannel<In = FromReceiver, Out = ToReceiver> {
  post(message: Out): void;
  /** Begins to hear. `onClosed` is called once, when the other side is gone or has closed. */
  listen(onMessage: (message: In) => void, onClosed: () => void): void;
  close(): void;
}
