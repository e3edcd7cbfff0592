import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noSpark } from '../spark/jars.ts';
import { arrivals } from './arrivals.ts';
import { checkDelivered } from './delivered.ts';
import type { LineCounter, Opponent } from './engines.ts';
import { millrace } from './millrace.ts';
import { Sender } from './sender.ts';
import { startSpark } from './spark.ts';

const reason = noSpark();
if (reason !== null) console.warn(`tests with Spark are skipped: ${reason}`);
const missing = reason === null ? '' : `, skipped: ${reason}`;

/** What both engines have to do alike, whatever the machine. */
function conformance(opponent: () => Opponent): void {
  it('counts words, and tells of the batches behind the warm-up', async () => {
    const words = ['a', 'b', 'a', 'c', 'a', 'b'];
    const run = { intervalMs: 50, giveUpMs: 60_000, limitMs: 60_000, warmUp: 3, batches: 5, words };
    const { batches, output } = await opponent().smallBatches(run);
    expect(Object.fromEntries(output)).toEqual({ a: 3, b: 2, c: 1 });
    expect(batches.length).toBe(5);
    for (const { processingMs } of batches) expect(processingMs).toBeGreaterThanOrEqual(0);
  });

  countsLines(opponent);
}

function countsLines(counter: () => LineCounter): void {
  it('counts lines of a socket by when they were due, those of the warm-up apart', async () => {
    const span = { warmUpMs: 300, measureMs: 200 };
    const lines = 10 * (span.warmUpMs + span.measureMs);
    await using sender = await Sender.open(10_000, lines);
    const run = { intervalMs: 50, giveUpMs: 60_000, limitMs: 60_000, port: sender.port, lines, ...span };
    const found = await counter().socket(run);
    const { took, delivered } = found;
    expect(delivered).toBe(lines);
    checkDelivered('it', found, { rate: 10_000, lines });
    expect(took.reduce((sum, [, records]) => sum + records, 0)).toBe(10 * span.measureMs);
    for (const [ms] of took) expect(ms).toBeGreaterThan(0);
  });

  it('is done after its limit where lines do not come', async () => {
    const span = { warmUpMs: 100, measureMs: 100 };
    const lines = 10 * (span.warmUpMs + span.measureMs);
    await using sender = await Sender.open(10_000, lines);
    const run = { intervalMs: 50, giveUpMs: 60_000, limitMs: 2000, port: sender.port, lines: lines + 1, ...span };
    expect((await counter().socket(run)).delivered).toBeLessThanOrEqual(lines);
  });
}

describe('a bare client', () => countsLines(() => arrivals));

describe('Millrace', () => conformance(() => millrace));

describe.skipIf(reason !== null)(`Spark Streaming${missing}`, () => {
  let spark: Opponent;
  beforeAll(() => {
    spark = startSpark({ receiver: true });
  });
  afterAll(() => spark.close());
  conformance(() => spark);
});
