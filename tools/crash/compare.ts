import { canon } from '../random/functions.ts';
import { type Recorded, recordsOf, type Sender } from './inputs.ts';
import type { Ledger } from './ledger.ts';
import type { Schedule } from './schedule.ts';

/** What inputs that depend on the moment had, as their taps have seen it; null for the others. */
export function recordedInputs({ inputs, program }: Schedule, taps: ReadonlyMap<string, readonly unknown[][]>) {
  return inputs.map((kind, i): Recorded | null =>
    kind === 'moving' || kind === 'received'
      ? Array.from({ length: program.batches }, (_, b) => taps.get(`tap${i} ${(b + 1) * 1000}`) ?? null)
      : null,
  );
}

/** What is wrong with the batches of an input: each record is there, in order, and not more often than it was sent. */
export function inputFault(
  i: number,
  { inputs, program }: Schedule,
  recorded: Recorded,
  sender: Sender | null,
): string | null {
  const partitions = recorded.flatMap((batch) => batch ?? []);
  if (sender === null) {
    if (inputs[i] !== 'moving') return null;
    const all = recordsOf(program.sources[i]).map(canon);
    let position = 0;
    for (const [b, batch] of recorded.entries()) {
      // Partitions were dealt out one record after the other.
      const slices = batch ?? [];
      const n = slices.reduce((sum, slice) => sum + slice.length, 0);
      for (let k = 0; k < n; k++) {
        const found = canon(slices[k % slices.length][Math.floor(k / slices.length)]);
        const wanted = all[position++ % all.length];
        if (found !== wanted)
          return `source${i}, batch ${b + 1}: record ${position - 1} is ${found} instead of ${wanted}`;
      }
    }
    return null;
  }
  const sent = sender.blocks.map(canon);
  // A block that was sent again may be there twice; equal blocks cannot be told apart, so all ways to count are followed.
  let ways = new Set([0]);
  for (const partition of partitions) {
    const block = canon(partition);
    const next = new Set<number>();
    for (const p of ways) {
      if (sent[p] === block) next.add(p + 1);
      if (sender.repeated.has(p - 1) && sent[p - 1] === block) next.add(p);
    }
    if (next.size === 0)
      return `source${i}: the block ${block} is no block that may follow ${[...ways].join(' or ')} of ${sent.join(' ')}`;
    ways = next;
  }
  const good = [...ways].some((p) => p >= sender.acknowledged && p <= sender.sent);
  return good
    ? null
    : `source${i}: ${[...ways].join(' or ')} blocks are in batches, ${sender.acknowledged} were acknowledged`;
}

/** The first output and batch that differ; null if none does. */
export function firstDifference(crashed: Ledger, whole: Ledger): string | null {
  const outputs = new Set([...whole.outputs, ...crashed.outputs]);
  for (const output of outputs) {
    const [found, wanted] = [new Map(crashed.of(output)), new Map(whole.of(output))];
    const times = [...new Set([...wanted.keys(), ...found.keys()])].sort((a, b) => a - b);
    for (const time of times) {
      if (found.get(time) === wanted.get(time)) continue;
      return `${output}, batch ${time}\n  with crashes: ${found.get(time) ?? 'no batch'}\n  without:      ${wanted.get(time) ?? 'no batch'}`;
    }
  }
  return null;
}
