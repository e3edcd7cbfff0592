import { once } from 'node:events';
import { connect } from 'node:net';
import type { LineCounter } from './engines.ts';
import { type DueCounts, LatencyCounts } from './latency-counts.ts';
import { DIGITS, LINE_BYTES } from './paced-line.ts';

/**
 * The least that a program can do with the lines: a bare `net` client that counts them as they come. What they take until then is the
 * sender, the machine and whatever else runs on it, and part of every latency.
 */
export const arrivals: LineCounter = {
  title: 'bare net client',
  async socket({ port, lines, limitMs, ...span }) {
    const counts = new LatencyCounts(span);
    const socket = connect(port, '127.0.0.1');
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      const now = Date.now();
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const whole = bytes.length - (bytes.length % LINE_BYTES);
      rest = bytes.subarray(whole);
      if (whole > 0) counts.add(dueCounts(bytes.subarray(0, whole)), now);
      if (counts.total >= lines) socket.destroy();
    });
    const limit = setTimeout(() => socket.destroy(), limitMs);
    try {
      await once(socket, 'close');
    } finally {
      clearTimeout(limit);
    }
    return { batches: [], took: counts.took, due: counts.due, delivered: counts.total };
  },
};

/** When whole lines were due. */
function dueCounts(bytes: Buffer): DueCounts {
  const counts = new Map<number, number>();
  for (let at = 0; at < bytes.length; at += LINE_BYTES) {
    const due = Number(bytes.toString('latin1', at, at + DIGITS));
    counts.set(due, (counts.get(due) ?? 0) + 1);
  }
  return [...counts];
}
