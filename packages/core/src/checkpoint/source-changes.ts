import type { BatchRecord, NodeShape } from './layout.ts';

/** Kind of the nodes that read sources. */
const SOURCE = 'input';

/**
 * The kind of all sources that have a receiver, whichever it is: what is stored of them are records, with which any other one
 * goes on.
 */
export const RECEIVER = 'receiver';

/** Whether two nodes read sources of one kind. Checkpoints of earlier versions do not say the kind: it may be any. */
export function sameSource(before: NodeShape, now: NodeShape): boolean {
  if (before.kind !== SOURCE || now.kind !== SOURCE) return false;
  return before.source === undefined || now.source === undefined || before.source === now.source;
}

/** What changed of a job's sources between two programs. */
export interface SourceChanges {
  /** Sources of the checkpoint that the program does not have: what is stored of them means nothing to another one. */
  readonly lost: readonly NodeShape[];
  /** Names of sources that the checkpoint knows nothing of. */
  readonly fresh: ReadonlySet<string>;
}

/** Compares the sources of the program that wrote a checkpoint with those of this one. */
export function sourceChanges(before: readonly NodeShape[], now: readonly NodeShape[]): SourceChanges {
  const without = (some: readonly NodeShape[], others: readonly NodeShape[], same: typeof sameSource) => {
    const byName = new Map(others.map((node) => [node.name, node]));
    return some.filter((node) => {
      const other = byName.get(node.name);
      return node.kind === SOURCE && (other === undefined || !same(node, other));
    });
  };
  return {
    lost: without(before, now, sameSource),
    fresh: new Set(without(now, before, sameSource).map(({ name }) => name)),
  };
}

/**
 * The nodes of a program as the checkpoint has them from now on: a source that is new to it has no part in batches that were
 * planned before it was there.
 * @param lastPlanned the last batch time that was planned; null if there is none
 */
export function withBeginnings(
  before: readonly NodeShape[],
  now: readonly NodeShape[],
  { fresh }: SourceChanges,
  lastPlanned: number | null,
): NodeShape[] {
  const known = new Map(before.map((node) => [node.name, node]));
  return now.map((node) => {
    const sinceMs = fresh.has(node.name) ? lastPlanned : (known.get(node.name)?.sinceMs ?? null);
    return node.kind === SOURCE && sinceMs !== null ? { ...node, sinceMs } : node;
  });
}

/** A batch without what sources have saved of it that are there no more; the same one if there is nothing of theirs in it. */
export function withoutSources(batch: BatchRecord, lost: ReadonlySet<string>): BatchRecord {
  const isKept = ([stream]: readonly [stream: string, saved: unknown]) => !lost.has(stream);
  if (batch.inputs.every(isKept) && batch.progress.every(isKept)) return batch;
  return { ...batch, inputs: batch.inputs.filter(isKept), progress: batch.progress.filter(isKept) };
}

/**
 * What is said of a source whose batches are dropped.
 * @param pending batches that were planned and have not completed
 * @param logUnread true if there is a log of what receivers have stored, and nobody reads it now
 */
export function droppedSource({ name, source }: NodeShape, pending: readonly number[], logUnread: boolean): string {
  const kind = source === undefined ? '' : ` (${source})`;
  const said = [`What the checkpoint has of the source ${name}${kind} is dropped, as was allowed`];
  if (pending.length > 0) said.push(`${unfinished(pending)} run without it`);
  said.push('windows that look back see nothing of it');
  if (logUnread && (source === undefined || source === RECEIVER))
    said.push('what its receiver had stored in the log and no batch has had is not read');
  return `${said[0]}: ${said.slice(1).join('; ')}.`;
}

/** Batches in words. */
export function unfinished(times: readonly number[]): string {
  const [first, last] = [times[0], times.at(-1)].map((time) => new Date(time as number).toISOString());
  const range = times.length === 1 ? `that of ${first}` : `from ${first} to ${last}`;
  return `${times.length} ${times.length === 1 ? 'batch' : 'batches'} that had been planned and not completed (${range})`;
}
