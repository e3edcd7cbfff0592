import { error } from '../errors/index.ts';
import type { PlanNode } from '../plan/node.ts';
import type { MetaRecord, NodeShape } from './layout.ts';

/** Parameters that change what a job needs and nothing of what it stores. */
const TUNING: ReadonlySet<string> = new Set(['cacheKeys']);

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
      .filter((k) => !TUNING.has(k))
      .sort()
      .map((k) => `${k}=${JSON.stringify(params[k])}`)
      .join(' '),
    ...(versions.has(name) ? { stateVersion: versions.get(name) } : {}),
  }));
}

/** What has to be the same when a job goes on. */
export type JobShape = Pick<MetaRecord, 'job' | 'batchIntervalMs' | 'nodes' | 'log'>;

/** One thing in which a program differs from the one that wrote a checkpoint. */
export interface PlanDifference {
  /** Name of the node, or of the setting. */
  readonly name: string;
  readonly before: string;
  readonly now: string;
}

/**
 * In what a program differs from the one that wrote a checkpoint, as far as it matters for what is stored: nodes that
 * vanished, appeared, or are something else now. Other outputs do not matter: they hold nothing.
 */
export function planDifferences(before: readonly NodeShape[], now: readonly NodeShape[]): PlanDifference[] {
  const differences: PlanDifference[] = [];
  const known = new Map(before.map((n) => [n.name, n]));
  for (const node of now) {
    const old = known.get(node.name);
    known.delete(node.name);
    if (old === undefined) differences.push({ name: node.name, before: 'was not there', now: describe(node) });
    else if (describe(old) !== describe(node))
      differences.push({ name: node.name, before: describe(old), now: describe(node) });
  }
  for (const node of known.values()) differences.push({ name: node.name, before: describe(node), now: 'is gone' });
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

function paramOf({ params }: NodeShape, name: string): string | undefined {
  return new RegExp(`(?:^| )${name}=(.*?)(?= \\w+=|$)`).exec(params)?.[1];
}

/**
 * Refuses a checkpoint of another job, or of this one when it was another.
 * @param held names of nodes of which state is stored
 * @param migrated nodes whose state becomes what the program wants
 * @throws MR_CHECKPOINT_DIFFERS
 */
export function checkSameJob(
  where: string,
  saved: MetaRecord,
  now: JobShape,
  allow: readonly string[],
  held: ReadonlySet<string> = new Set(),
  migrated: ReadonlySet<string> = new Set(),
): void {
  const differences = planDifferences(saved.nodes, now.nodes);
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
  const refused = differences.flatMap((difference) => {
    const { name } = difference;
    if (migrated.has(name)) return [];
    const [before, after] = [nodes.get(name), now.nodes.find((n) => n.name === name)];
    const bound = before === undefined || after === undefined || !held.has(name) ? null : boundBy(before, after);
    if (bound !== null) return [{ ...difference, now: `${difference.now}\n    not to be allowed: ${bound}` }];
    return allow.includes(name) ? [] : [difference];
  });
  if (refused.length > 0) throw error('MR_CHECKPOINT_DIFFERS', { where, differences: refused });
}

function describe({ kind, inputs, slideMs, params, stateVersion = 1 }: NodeShape): string {
  const version = stateVersion === 1 ? '' : `, state of version ${stateVersion}`;
  return `${kind}(${inputs.join(', ')}) every ${slideMs} ms${params === '' ? '' : `, ${params}`}${version}`;
}
