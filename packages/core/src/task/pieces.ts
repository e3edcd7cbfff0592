import { type Block, isBlock } from '../data/block.ts';
import { decodeBlocks } from '../data/codec.ts';
import { followTask } from './context.ts';
import type { Sliced } from './slices.ts';

/**
 * Records that come piece after piece, so that a task need not hold all of them: several blocks, or what a reader of
 * ranges gives as an async iterable of blocks and arrays of records.
 */
export class Pieces {
  readonly #next: () => IteratorResult<unknown> | Promise<IteratorResult<unknown>>;
  readonly #return: () => Promise<unknown> | undefined;

  private constructor(
    next: () => IteratorResult<unknown> | Promise<IteratorResult<unknown>>,
    close: () => Promise<unknown> | undefined,
  ) {
    this.#next = next;
    this.#return = close;
  }

  /** One piece for each block, decoded when it is its turn. */
  static ofBlocks(blocks: readonly Block[]): Pieces {
    const iterator = blocks.values();
    return new Pieces(
      () => iterator.next(),
      () => undefined,
    );
  }

  /** What a reader gives, at its pace. What it does belongs to the task, also after it has waited for its disk. */
  static ofAsync(iterable: AsyncIterable<unknown>): Pieces {
    const iterator = followTask(() => iterable[Symbol.asyncIterator]());
    return new Pieces(
      () => followTask(() => Promise.resolve(iterator.next())),
      () => followTask(() => iterator.return?.()),
    );
  }

  /** The next records, null after the last. */
  *next(): Sliced<readonly unknown[] | null> {
    const asked = this.#next();
    // What is there already is a slice of its own as well: decoding it takes a while.
    const answer = yield asked instanceof Promise ? asked : undefined;
    const step = (asked instanceof Promise ? answer : asked) as IteratorResult<unknown>;
    if (step.done === true) return null;
    const piece = step.value;
    if (isBlock(piece)) return decodeBlocks([piece]);
    return Array.isArray(piece) ? piece : Array.from(piece as Iterable<unknown>);
  }

  /** Frees what the reader holds, after the last piece or before it. */
  *close(): Sliced<void> {
    // The task has its result or its error already: what goes wrong now changes nothing.
    yield this.#return()?.catch(() => {});
  }

  /** Everything in one array, for what needs a whole partition. */
  *gather(): Sliced<readonly unknown[]> {
    let all: unknown[] | null = null;
    let first: readonly unknown[] | null = null;
    try {
      for (let piece = yield* this.next(); piece !== null; piece = yield* this.next()) {
        if (first === null) {
          first = piece;
          continue;
        }
        all ??= first.slice();
        for (let i = 0; i < piece.length; i++) all.push(piece[i]);
      }
    } finally {
      yield* this.close();
    }
    return all ?? first ?? [];
  }
}

/** Whether a reader gives its records piece after piece. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof (value as AsyncIterable<unknown> | null)?.[Symbol.asyncIterator] === 'function';
}
