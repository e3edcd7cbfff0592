import { newBytes, type Sharing } from '../data/bytes.ts';
import { error } from '../errors/index.ts';

/* Version, u32 number of sections, their u32 lengths, then they themselves, each at a multiple of 8. Little-endian. */

/** The first byte. */
export const SECTIONS_VERSION = 1;

/** Puts byte arrays together in one. */
export function joinSections(sections: readonly Uint8Array[], shared: Sharing = false): Uint8Array {
  let size = align(8 + 4 * sections.length);
  const starts = sections.map((s) => {
    const start = size;
    size = align(size + s.length);
    return start;
  });
  const out = newBytes(size, shared);
  const view = new DataView(out.buffer);
  out[0] = SECTIONS_VERSION;
  view.setUint32(4, sections.length, true);
  sections.forEach((section, i) => {
    view.setUint32(8 + 4 * i, section.length, true);
    out.set(section, starts[i]);
  });
  return out;
}

/**
 * The byte arrays that `joinSections` has put together, in place.
 * @param least how many there are at least
 * @throws MR_DECODE
 */
export function splitSections(bytes: Uint8Array, least: number): Uint8Array[] {
  if (bytes.length < 8 || bytes[0] !== SECTIONS_VERSION)
    throw badSections(`they do not begin with version ${SECTIONS_VERSION}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = view.getUint32(4, true);
  let at = align(8 + 4 * count);
  if (count < least || at > bytes.length) throw badSections(`they announce ${count} sections`);
  return Array.from({ length: count }, (_, i) => {
    const length = view.getUint32(8 + 4 * i, true);
    if (at + length > bytes.length) throw badSections('they end within a section');
    const section = bytes.subarray(at, at + length);
    at = align(at + length);
    return section;
  });
}

/** Where a section begins that comes after `n` bytes. */
export function align(n: number): number {
  return (n + 7) & ~7;
}

/** MR_DECODE. */
export function badSections(reason: string): Error {
  return error('MR_DECODE', { codec: 'state', reason });
}
