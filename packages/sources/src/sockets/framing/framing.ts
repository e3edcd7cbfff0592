/** Takes a frame. Its bytes stay as they are: nobody writes to them any more. */
export type TakeFrame = (frame: Buffer) => void;

/**
 * Cuts the bytes of one connection into frames, however they are split over packets. It holds what is not complete yet,
 * and bounds it: a frame that is too long is an error, or goes by a policy of its own.
 */
export interface Framer {
  /**
   * Takes the next bytes, and gives the frames that they complete, in order.
   * @param chunk belongs to the framer from now on
   * @throws when the bytes make no sense, after it gave the frames before them; the connection ends then
   */
  push(chunk: Buffer, take: TakeFrame): void;
  /**
   * The sender has ended the connection: gives what is complete without more bytes.
   * @throws when it ended within a frame
   */
  end(take: TakeFrame): void;
  /** Bytes that wait for the rest of their frame. */
  readonly pending: number;
}

/**
 * How a stream of bytes is cut into frames; `lines` and `lengthPrefixed` make one. For a protocol of your own give a function
 * that returns a `Framer`, which is called for each connection.
 *
 * @param dropped to be called when frames are thrown away by a policy of the framing: they are counted for listeners
 * @example Records of 16 bytes each
 * ```ts
 * const sixteen: Framing = () => {
 *   let rest = Buffer.alloc(0);
 *   return {
 *     push(chunk, take) {
 *       rest = Buffer.concat([rest, chunk]);
 *       while (rest.length >= 16) {
 *         take(rest.subarray(0, 16));
 *         rest = rest.subarray(16);
 *       }
 *     },
 *     end() {
 *       if (rest.length > 0) throw new Error('half a record');
 *     },
 *     get pending() {
 *       return rest.length;
 *     },
 *   };
 * };
 * ```
 */
export type Framing = (dropped: (frames: number) => void) => Framer;
