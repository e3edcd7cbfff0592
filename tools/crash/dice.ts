import { seededRandom } from '../../packages/core/src/connector.ts';

/** Choices that a seed makes. */
export class Dice {
  readonly random: () => number;

  constructor(seed: string) {
    this.random = seededRandom(seed);
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.random() * (max - min + 1));
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)];
  }
}
