import { promisify } from 'node:util';
import { constants, gunzip, inflate, type ZlibOptions, zstdDecompress } from 'node:zlib';
import { badBody, Refusal, tooLarge } from './refusal.ts';

/** What the body of a request may be packed with. */
export type ContentEncoding = 'gzip' | 'zstd' | 'deflate';

interface Unpacked {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}
type Unpack = (bytes: Uint8Array, options: ZlibOptions & { info: true }) => Promise<Unpacked>;

const unpackers: Readonly<Record<ContentEncoding, Unpack>> = {
  gzip: promisify(gunzip) as unknown as Unpack,
  deflate: promisify(inflate) as unknown as Unpack,
  zstd: promisify(zstdDecompress) as unknown as Unpack,
};

/** A zstd window of at most 8 MiB, as RFC 9659 demands of HTTP: a sender says how much memory unpacking takes. */
const ZSTD_WINDOW_LOG = 23;
/** Bodies that are unpacked at the same time: as many as Node has threads for. The others wait in packed form. */
const AT_A_TIME = 4;

/** @returns the packing that a request names; null for none @throws Refusal, 415, for one that is not known */
export function encodingOf(header: string | undefined): ContentEncoding | null {
  const name = (header ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return null;
  if (name === 'gzip' || name === 'x-gzip') return 'gzip';
  if (name === 'zstd' || name === 'deflate') return name;
  const known = 'gzip, zstd, deflate';
  throw new Refusal(415, `the Content-Encoding is none of ${known}`, { 'accept-encoding': known });
}

/** Unpacks bodies, a few at a time, none to more than a bound. */
export class Decompressor {
  #running = 0;
  readonly #queue: (() => void)[] = [];

  /** @throws Refusal for what is not packed so, and for what becomes longer than `maxBytes` */
  async unpack(bytes: Uint8Array, encoding: ContentEncoding, maxBytes: number): Promise<Uint8Array> {
    if (this.#running === AT_A_TIME) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#running++;
    try {
      return await unpackAll(bytes, encoding, maxBytes);
    } catch (e) {
      if (e instanceof Refusal) throw e;
      if ((e as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
      throw badBody(`the body is not ${encoding}: ${(e as Error).message}`);
    } finally {
      // Whoever waits takes over the place.
      const next = this.#queue.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}

async function unpackAll(bytes: Uint8Array, encoding: ContentEncoding, maxBytes: number): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let length = 0;
  let rest = bytes;
  do {
    const { buffer, engine } = await unpackers[encoding](rest, {
      info: true,
      maxOutputLength: Math.max(1, maxBytes - length),
      ...(encoding === 'zstd' && { params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } }),
    });
    parts.push(buffer);
    length += buffer.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    rest = rest.subarray(engine.bytesWritten);
    // Node stops silently behind the first frame; only zstd allows several (gzip's members it reads itself).
    if (rest.length > 0 && encoding !== 'zstd') throw badBody(`there is more behind the end of the ${encoding} data`);
  } while (rest.length > 0);
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, length);
}
