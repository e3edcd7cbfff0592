import type { MessagePort } from 'node:worker_threads';
import {
  type ErrorData,
  fromErrorData,
  type StateReads,
  type StoreId,
  type TouchedAt,
  type TouchedPage,
  toErrorData,
} from '@millrace/core/backend';

/* Workers ask the driver for state that lies in the checkpoint's store: one question, one answer, in a port of their own. */

type Question =
  | { readonly ask: 'entries'; readonly node: string; readonly partition: number; readonly ids: readonly StoreId[] }
  | {
      readonly ask: 'touchedBefore';
      readonly node: string;
      readonly partition: number;
      readonly time: number;
      readonly after: TouchedAt | null;
    };

/** Entries in one piece of memory, which is moved: their lengths, -1 for those that are not there, and their bytes. */
interface Packed {
  readonly lengths: Int32Array;
  readonly bytes: Uint8Array;
}

type Answer = { readonly number: number } & (
  | { readonly entries: Packed; readonly next: TouchedAt | null }
  | { readonly error: ErrorData }
);

/** The driver's side: answers until the port is closed. */
export function serveStateReads(port: MessagePort, reads: StateReads): void {
  port.on('message', ({ number, question }: { number: number; question: Question }) => {
    answer(reads, question).then(
      ({ entries, next }) => {
        const packed = pack(entries);
        const transfer = [packed.lengths.buffer, packed.bytes.buffer] as ArrayBuffer[];
        port.postMessage({ number, entries: packed, next } satisfies Answer, transfer);
      },
      (e: unknown) => port.postMessage({ number, error: toErrorData(e) } satisfies Answer),
    );
  });
  port.unref();
}

async function answer(
  reads: StateReads,
  question: Question,
): Promise<{ entries: readonly (Uint8Array | undefined)[]; next: TouchedAt | null }> {
  const { node, partition } = question;
  if (question.ask === 'entries') return { entries: await reads.entries(node, partition, question.ids), next: null };
  return reads.touchedBefore(node, partition, question.time, question.after);
}

/** The worker's side. */
export class PortStateReads implements StateReads {
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, PromiseWithResolvers<Extract<Answer, { entries: Packed }>>>();
  #asked = 0;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.number);
      this.#waiting.delete(answer.number);
      if ('error' in answer) waiting?.reject(fromErrorData(answer.error));
      else waiting?.resolve(answer);
    });
    // The pool decides how long the worker lives.
    port.unref();
  }

  async entries(node: string, partition: number, ids: readonly StoreId[]): Promise<(Uint8Array | undefined)[]> {
    const { entries } = await this.#ask({ ask: 'entries', node, partition, ids });
    return unpack(entries);
  }

  async touchedBefore(node: string, partition: number, time: number, after: TouchedAt | null): Promise<TouchedPage> {
    const { entries, next } = await this.#ask({ ask: 'touchedBefore', node, partition, time, after });
    return { entries: unpack(entries) as Uint8Array[], next };
  }

  close(): void {
    this.#port.close();
  }

  #ask(question: Question): Promise<Extract<Answer, { entries: Packed }>> {
    const number = this.#asked++;
    const waiting = Promise.withResolvers<Extract<Answer, { entries: Packed }>>();
    this.#waiting.set(number, waiting);
    this.#port.postMessage({ number, question });
    return waiting.promise;
  }
}

function pack(entries: readonly (Uint8Array | undefined)[]): Packed {
  const lengths = Int32Array.from(entries, (e) => e?.length ?? -1);
  const bytes = new Uint8Array(entries.reduce((sum, e) => sum + (e?.length ?? 0), 0));
  let at = 0;
  for (const entry of entries) {
    if (entry === undefined) continue;
    bytes.set(entry, at);
    at += entry.length;
  }
  return { lengths, bytes };
}

function unpack({ lengths, bytes }: Packed): (Uint8Array | undefined)[] {
  let at = 0;
  return Array.from(lengths, (length) => {
    if (length < 0) return undefined;
    const entry = bytes.subarray(at, at + length);
    at += length;
    return entry;
  });
}
