import { error } from '../errors/index.ts';
import type { PlanNode } from '../plan/node.ts';
import type { MetaRecord, NodeShape } from './layout.ts';
import { outputDifferences } from './output-changes.ts';
import { sameSource, sourceChanges } from './source-changes.ts';

/** Parameters that change what a job needs and nothing of what it stores; and the kind of a source, which has a place of its own. */
const NO_PART: ReadonlySet<string> = new Set(['cacheKeys', 'placement', 'source']);

/**
 * What a checkpoint remembers of a plan: what has to be the same for its contents to mean the same.
 * @param versions of the state of nodes that were migrated, by name
 */
export function planShape(nodes: readonly PlanNode[], versions: ReadonlyMap<string, number> = new Map()): NodeShape[] {
  return nodes.map(({ name, operator, inputs, slideMs, params }) => ({
    name,
    kind: operator.kind,
    inputs: inputs.map((i) => i.name),
    slideMs,
    params: Object.keys(params)
      .filter((k) => !NO_PART.has(k))
      .sort()
      .map((k) => `${k}=${JSON.stringify(params[k])}`)
      .join(' '),
    ...(versions.has(name) ? { stateVersion: versions.get(name) } : {}),
    ...(typeof params.source === 'string' ? { source: params.source } : {}),
  }));
}

/** What has to be the same when a job goes on. */
export type JobShape = Pick<MetaRecord, 'job' | 'batchIntervalMs' | 'nodes' | 'outputs' | 'log'>;

/** One thing in which a program differs from the one that wrote a checkpoint. */
export interface PlanDifference {
  /** Name of the node, or of the setting. */
  readonly name: string;
  readonly before: string;
  readonly now: string;
}

/**
 * In what a program differs from the one that wrote a checkpoint, as far as it matters for what is stored: nodes that
 * vanished, appeared, or are something else now. Outputs are none of them, see `outputDifferences`.
 */
export function planDifferences(before: readonly NodeShape[], now: readonly NodeShape[]): PlanDifference[] {
  const differences: PlanDifference[] = [];
  const known = new Map(before.map((n) => [n.name, n]));
  for (const node of now) {
    const old = known.get(node.name);
    known.delete(node.name);
    if (old === undefined) differences.push({ name: node.name, before: 'was not there', now: describe(node, true) });
    else if (describe(old) !== describe(node) || (old.kind === 'input' && !sameSource(old, node)))
      differences.push({ name: node.name, before: describe(old, true), now: describe(node, true) });
  }
  for (const node of known.values())
    differences.push({ name: node.name, before: describe(node, true), now: 'is gone' });
  return differences;
}

/** Kinds whose state is keys with values, and means the same in each of them. */
const KEYED: ReadonlySet<string> = new Set(['updateStateByKey', 'mapWithState']);

/**
 * Why what is stored of a node would be wrong in another form of it, whatever a user allows; null if it would not.
 * @param before the node whose state is stored
 */
export function boundBy(before: NodeShape, now: NodeShape): string | null {
  const keyed = KEYED.has(before.kind) && KEYED.has(now.kind);
  const differs = (param: string) => paramOf(before, param) !== paramOf(now, param);
  if (keyed && differs('partitioning'))
    return `keys lie in the old partitions: ssc.migrate('${now.name}', null) moves them`;
  const isAnother = before.kind !== now.kind || differs('partitioning');
  if (!keyed && (isAnother || before.slideMs !== now.slideMs || differs('windowMs')))
    return 'what is stored is of the old form: give the stream another name, and allow both names, to begin it anew';
  return null;
}

/** Whether a node differs in nothing but that it has the batch interval of the job, which is another. */
function isOfInterval(before: NodeShape, now: NodeShape, saved: JobShape, job: JobShape): boolean {
  return (
    before.slideMs === saved.batchIntervalMs &&
    now.slideMs === job.batchIntervalMs &&
    planDifferences([{ ...before, slideMs: now.slideMs }], [now]).length === 0
  );
}

function paramOf({ params }: NodeShape, name: string): string | undefined {
  return new RegExp(`(?:^| )${name}=(.*?)(?= \\w+=|$)`).exec(params)?.[1];
}

/** What is to be known before a source is allowed to be another one. */
const DROPPED =
  '\n    if it is allowed, what is stored of the old source is dropped; a class that has another name now can say `kind`';

/** What a checkpoint holds that a changed program could get wrong, and what may change nevertheless. */
export interface Comparison {
  /** For messages: what was written by the other program. */
  readonly where: string;
  /** What may differ. */
  readonly allow: readonly string[];
  /** Names of nodes of which state is stored. */
  readonly held: ReadonlySet<string>;
  /** Nodes whose state becomes what the program wants. */
  readonly migrated: ReadonlySet<string>;
  /** Batches that were planned and have not completed. */
  readonly pending: readonly number[];
}

/**
 * Refuses a checkpoint of another job, or of this one when it was another.
 * @returns names of what differs, and may
 * @throws MR_CHECKPOINT_DIFFERS
 */
export function checkSameJob(
  saved: MetaRecord,
  now: JobShape,
  { where, allow, held, migrated, pending }: Comparison,
): ReadonlySet<string> {
  const differences = [
    ...planDifferences(saved.nodes, now.nodes),
    ...outputDifferences(saved.outputs, now.outputs ?? [], pending),
  ];
  if (saved.job !== now.job) differences.unshift({ name: 'name of the job', before: saved.job, now: now.job });
  if (saved.batchIntervalMs !== now.batchIntervalMs) {
    differences.unshift({
      name: 'batch interval',
      before: `${saved.batchIntervalMs} ms`,
      now: `${now.batchIntervalMs} ms`,
    });
  }
  if (saved.log === true && now.log === false) {
    differences.unshift({
      name: 'write-ahead log',
      before: 'on: blocks that receivers stored are in it',
      now: 'off: nobody would read them. Turn it on (`writeAheadLog`), or allow that they are lost',
    });
  }
  const nodes = new Map(saved.nodes.map((n) => [n.name, n]));
  const isDropped = new Set(sourceChanges(saved.nodes, now.nodes).lost.map(({ name }) => name));
  const refused = differences.flatMap((difference) => {
    const { name } = difference;
    if (migrated.has(name)) return [];
    const [before, after] = [nodes.get(name), now.nodes.find((n) => n.name === name)];
    const bound = before === undefined || after === undefined || !held.has(name) ? null : boundBy(before, after);
    if (bound !== null) return [{ ...difference, now: `${difference.now}\n    not to be allowed: ${bound}` }];
    if (allow.includes(name)) return [];
    // That is said of the job, once.
    if (before !== undefined && after !== undefined && isOfInterval(before, after, saved, now)) return [];
    return isDropped.has(name) ? [{ ...difference, now: `${difference.now}${DROPPED}` }] : [difference];
  });
  if (refused.length > 0) throw error('MR_CHECKPOINT_DIFFERS', { where, differences: refused });
  return new Set(differences.map(({ name }) => name));
}

/** @param withSource whether to say which kind of source it is, which one of two may not know */
function describe({ kind, inputs, slideMs, params, stateVersion = 1, source }: NodeShape, withSource = false): string {
  const version = stateVersion === 1 ? '' : `, state of version ${stateVersion}`;
  const from = withSource && source !== undefined ? source : inputs.join(', ');
  return `${kind}(${from}) every ${slideMs} ms${params === '' ? '' : `, ${params}`}${version}`;
}
