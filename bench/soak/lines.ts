/** Words that lines are made of: few enough for state to be bounded. */
const WORDS = Array.from({ length: 5000 }, (_, i) => `w${i.toString(36)}`);
const PREPARED = 1000;

/** Lines of about 100 bytes, the same ones in every run. */
export const LINES: readonly string[] = Array.from({ length: PREPARED }, (_, i) => {
  let line = '';
  for (let k = 0; line.length < 96; k++) line += `${WORDS[(i * 31 + k * k * 7) % WORDS.length]} `;
  return line.trimEnd();
});

/** Buffers of lines, ready to be sent. */
export function bufferOf(lines: number): Buffer {
  let text = '';
  for (let i = 0; i < lines; i++) text += `${LINES[i % PREPARED]}\n`;
  return Buffer.from(text);
}

/** Lines at a rate for as long as they are pulled; `pulled[0]` counts them. What is not pulled in time is not made up for. */
export async function* offeredLines(perSecond: number, pulled: BigInt64Array): AsyncGenerator<string> {
  let due = 0;
  let at = performance.now();
  for (let i = 0; ; ) {
    const now = performance.now();
    due = Math.min(due + ((now - at) / 1000) * perSecond, perSecond / 10);
    at = now;
    for (; due >= 1; due--) {
      pulled[0]! += 1n;
      yield LINES[i++ % PREPARED]!;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
