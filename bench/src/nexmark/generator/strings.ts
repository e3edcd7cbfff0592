import type { EventRandom } from './random.ts';

const SHORTEST = 3;
const PADDING_LENGTH = 1024 * 1024;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** A text of 3 to `longest` - 1 characters, of which one in 13 is `special` and the others are letters; blanks at its ends are cut off. */
export function randomText(random: EventRandom, longest: number, special = ' '): string {
  let text = '';
  for (let left = SHORTEST + random.int(longest - SHORTEST); left > 0; left--) {
    text += random.int(13) === 0 ? special : LETTERS[random.int(26)];
  }
  return text.trim();
}

/** A price in cents: from 100 to 100,000,000, with as many from 100 to 1000 as from 1000 to 10,000, and so on. */
export function randomPrice(random: EventRandom): number {
  return Math.round(10 ** (random.double() * 6) * 100);
}

/** Letters that events are filled up with: pieces of one long text, as in the original, which costs little. */
export class Padding {
  readonly #text: string;

  /** @param random begun where its numbers belong to no event */
  constructor(random: EventRandom) {
    const codes = Buffer.alloc(PADDING_LENGTH);
    for (let i = 0; i < codes.length; ) {
      // 26^6 is the largest power of 26 in 32 bits.
      for (let left = random.int(26 ** 6), end = Math.min(i + 6, codes.length); i < end; i++) {
        codes[i] = 97 + (left % 26);
        left = Math.floor(left / 26);
      }
    }
    this.#text = codes.toString('latin1');
  }

  /** A text that brings `bytes` to `average` on average, 20 % of itself more or less; none where there are more already. */
  fill(random: EventRandom, bytes: number, average: number): string {
    if (bytes > average) return '';
    const spread = Math.round((average - bytes) * 0.2);
    const length = average - bytes - spread + (spread === 0 ? 0 : random.int(2 * spread));
    const from = random.int(PADDING_LENGTH - length);
    return this.#text.slice(from, from + length);
  }
}
