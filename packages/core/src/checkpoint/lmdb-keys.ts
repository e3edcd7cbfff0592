/* Keys of the store itself: they begin with a byte that no other key begins with. */

/** What wrote it, and in which format. */
export const FORMAT_KEY = Buffer.from([0, 1]);
/** The process that has it open, or died with it. */
export const OWNER_KEY = Buffer.from([0, 2]);

/** Whether a key is one of these: what they hold is checked by whoever reads it, and has no checksum. */
export function isOfTheStore(key: Buffer): boolean {
  return FORMAT_KEY.equals(key) || OWNER_KEY.equals(key);
}
