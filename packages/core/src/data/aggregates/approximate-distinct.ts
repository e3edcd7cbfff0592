import { error } from '../../errors/catalog.ts';
import { type Aggregate, defineAggregate } from '../aggregate.ts';
import { hashKey, hashKeyAgain } from '../hash.ts';

/**
 * Accumulator of `approximateDistinct`. While there are few values it holds their hashes (53 bits, so the count is exact
 * but for one chance in 10^10); later one byte for each of 2^precision registers.
 */
export interface HyperLogLog {
  few: Set<number> | null;
  registers: Uint8Array | null;
}

/** Options of `approximateDistinct`. */
export interface ApproximateDistinctOptions {
  /** 2^precision registers of a byte, an integer from 4 to 16; default 12. */
  readonly precision?: number;
}

/** Bits of a hash: as many as a number holds exactly. */
const BITS = 53;
const LOW_BITS = BITS - 32;

/**
 * The number of distinct values, compared by value, about: HyperLogLog with the estimator of Ertl (2017, "New cardinality
 * estimation algorithms for HyperLogLog sketches"), which needs no tables and has no bias at any size. Standard error
 * 1.04 / sqrt(2^precision): 1.6 % in 4 KiB by default, 0.4 % in 64 KiB at 16. Up to 2^precision / 8 values it is exact.
 * The result does not depend on how values were split or ordered. No subtraction.
 * @throws MR_OPTION for a precision that is not an integer from 4 to 16
 */
export function approximateDistinct(options: ApproximateDistinctOptions = {}): Aggregate<unknown, HyperLogLog, number> {
  const precision = options.precision ?? 12;
  if (!Number.isInteger(precision) || precision < 4 || precision > 16)
    throw error('MR_OPTION', { option: 'precision', value: precision, rule: 'must be an integer from 4 to 16' });
  const size = 2 ** precision;
  const maxFew = size / 8;

  const dense = (acc: HyperLogLog): Uint8Array => {
    if (acc.registers !== null) return acc.registers;
    const registers = new Uint8Array(size);
    for (const hash of acc.few ?? []) enter(registers, hash, precision);
    acc.few = null;
    acc.registers = registers;
    return registers;
  };
  const note = (acc: HyperLogLog, hash: number): void => {
    if (acc.few === null) enter(dense(acc), hash, precision);
    else if (acc.few.add(hash).size > maxFew) dense(acc);
  };

  return defineAggregate<unknown, HyperLogLog, number>({
    name: `approximateDistinct(${precision})`,
    create: () => ({ few: new Set(), registers: null }),
    add(acc, value) {
      note(acc, hash53(value));
      return acc;
    },
    merge(a, b) {
      for (const hash of b.few ?? []) note(a, hash);
      if (b.registers !== null) {
        const registers = dense(a);
        for (let i = 0; i < size; i++) if (b.registers[i]! > registers[i]!) registers[i] = b.registers[i]!;
      }
      return a;
    },
    finish: (acc) => (acc.registers === null ? (acc.few?.size ?? 0) : estimate(acc.registers, precision)),
  });
}

/** Two independent hashes side by side; 32 bits alone would lose a value in a hundred at 10^8 values. */
function hash53(value: unknown): number {
  return hashKey(value) * 2 ** LOW_BITS + (hashKeyAgain(value) >>> (32 - LOW_BITS));
}

/** The first `precision` bits choose the register, which keeps the most zeros, plus one, that began the other bits. */
function enter(registers: Uint8Array, hash: number, precision: number): void {
  const high = Math.floor(hash / 2 ** LOW_BITS);
  const rest = high << precision;
  // The low bits begin at the top of the word, and a one behind them ends the zeros.
  const zeros =
    rest !== 0
      ? Math.clz32(rest)
      : 32 - precision + Math.clz32(((hash % 2 ** LOW_BITS) << (32 - LOW_BITS)) | (1 << (31 - LOW_BITS)));
  const index = high >>> (32 - precision);
  if (zeros + 1 > registers[index]!) registers[index] = zeros + 1;
}

function estimate(registers: Uint8Array, precision: number): number {
  const size = registers.length;
  const most = BITS - precision;
  const having = new Float64Array(most + 2);
  for (let i = 0; i < size; i++) having[registers[i]!]!++;
  let z = size * tau(1 - having[most + 1]! / size);
  for (let k = most; k >= 1; k--) z = 0.5 * (z + having[k]!);
  z += size * sigma(having[0]! / size);
  return Math.round((size * size) / (2 * Math.LN2 * z));
}

function sigma(x: number): number {
  if (x === 1) return Number.POSITIVE_INFINITY;
  let y = 1;
  let z = x;
  for (let before = -1; z !== before; ) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let y = 1;
  let z = 1 - x;
  for (let before = -1; z !== before; ) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
