import { error } from '../errors/index.ts';
import type { Plan } from '../plan/plan.ts';

/**
 * Whether the state of a job has a place to be: what lies in a store needs one, and other state is lost with the process.
 * @throws MR_OPTION
 */
export function checkStatePlace(plan: Plan, hasCheckpoint: boolean, warn: (message: string) => void): void {
  if (hasCheckpoint) return;
  const stateful = plan.nodes.filter((n) => n.operator.properties.dependency === 'state');
  const stored = stateful.find((n) => n.params.stored === true);
  if (stored !== undefined)
    throw error('MR_OPTION', {
      option: 'StateSpec.stored',
      value: stored.name,
      rule: 'needs a checkpoint, in whose store the state lies: call ssc.checkpoint(dir) first',
    });
  if (stateful.length > 0)
    warn('State is kept in memory only: without a checkpoint directory it is lost when the process ends.');
}

/**
 * Says of which streams `checkpoint(interval)` does not do what its name says.
 * @param intervalOf what was set, by name; null: nothing
 */
export function checkIntervals(
  plan: Plan,
  hasCheckpoint: boolean,
  intervalOf: (node: string) => number | null,
  warn: (message: string) => void,
): void {
  for (const { name, operator, params } of plan.nodes) {
    if (intervalOf(name) === null) continue;
    if (operator.properties.dependency !== 'state')
      warn(
        `checkpoint(interval) of ${name}, which has no state, keeps its batches as persist() does: nothing is written.`,
      );
    // Where keys time out it says how often they are looked for.
    else if (!hasCheckpoint && typeof params.timeoutMs !== 'number')
      warn(`checkpoint(interval) of ${name} does nothing: the job keeps no checkpoints. Call ssc.checkpoint(dir).`);
  }
}
