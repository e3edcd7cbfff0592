import type { IncomingMessage } from 'node:http';
import type { Lease } from './bytes-in-flight.ts';
import { noRoom, type Refusal, SENDER_GONE, stopping, tooLarge } from './refusal.ts';

/** A body of unknown length begins with so many bytes of memory once it is more than one piece. */
const FIRST_BYTES = 16 * 2 ** 10;

/** How a body is read. */
export interface ReadLimits {
  readonly maxBytes: number;
  /** What the body holds is taken here. */
  readonly lease: Lease;
  /** Aborted when bodies that are not complete are to be refused. */
  readonly stop: AbortSignal;
}

/** The length that a request announces; null if it does not. @throws Refusal if it is too long */
export function announcedLength(request: IncomingMessage, maxBytes: number): number | null {
  const header = request.headers['content-length'];
  if (header === undefined) return null;
  const length = Number(header);
  if (length > maxBytes) throw tooLarge(maxBytes);
  return length;
}

/**
 * The body of a request as one piece.
 * @throws Refusal when it is too long, when there is no memory for it, and when the receiver stops; SENDER_GONE
 */
export function readBody(request: IncomingMessage, { maxBytes, lease, stop }: ReadLimits): Promise<Uint8Array> {
  const announced = announcedLength(request, maxBytes);
  return new Promise((resolve, reject) => {
    // Grown in place: a body of a million pieces of one byte must not become a million objects.
    let bytes: Uint8Array = new Uint8Array(0);
    let length = 0;
    const settle = () => {
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      stop.removeEventListener('abort', onStop);
    };
    const refuse = (why: Refusal | typeof SENDER_GONE) => {
      settle();
      reject(why);
    };
    const onData = (chunk: Buffer) => {
      const end = length + chunk.length;
      if (end > maxBytes) return refuse(tooLarge(maxBytes));
      if (end > bytes.length) {
        const capacity = Math.min(announced ?? maxBytes, Math.max(end, bytes.length * 2, FIRST_BYTES));
        const isWhole = length === 0 && announced === chunk.length;
        if (!lease.take((isWhole ? end : capacity) - bytes.length)) return refuse(noRoom(1000));
        if (isWhole) bytes = chunk;
        else {
          const grown = Buffer.allocUnsafeSlow(capacity);
          grown.set(bytes.subarray(0, length));
          bytes = grown;
        }
      }
      if (bytes !== chunk) bytes.set(chunk, length);
      length = end;
    };
    const onEnd = () => {
      settle();
      resolve(bytes.subarray(0, length));
    };
    const onClose = () => refuse(SENDER_GONE);
    const onStop = () => {
      if (!request.complete) refuse(stopping());
    };
    if (stop.aborted && !request.complete) return refuse(stopping());
    stop.addEventListener('abort', onStop, { once: true });
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

/**
 * Reads away what is left of a refused request, so that its sender gets to see the answer, and closes the connection when
 * that is more than `maxBytes`. The server's request timeout bounds the time.
 */
export function discardBody(request: IncomingMessage, maxBytes: number): void {
  if (request.complete) return;
  let length = 0;
  request.on('error', () => {});
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > maxBytes) request.socket.destroy();
  });
  request.resume();
}
