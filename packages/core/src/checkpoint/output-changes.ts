import type { NodeShape } from './layout.ts';
import type { PlanDifference } from './plan-shape.ts';
import { unfinished } from './source-changes.ts';

/**
 * Outputs that write under a name of their own, and are not what they were. Sinks know what they have written by job, output,
 * batch time and partition: a batch that has not completed may be written, and under another name it would be once more. When all
 * batches have completed, outputs may be called what they like. New ones have nothing to write twice.
 *
 * A name that was given is the output, whatever it writes now. One that was made of kind and number says nothing: there the stream
 * that is written has to be the same.
 *
 * @param before undefined: an earlier version did not write them down
 * @param pending batches that were planned and have not completed
 */
export function outputDifferences(
  before: readonly NodeShape[] | undefined,
  now: readonly NodeShape[],
  pending: readonly number[],
): PlanDifference[] {
  if (before === undefined || pending.length === 0) return [];
  const names = new Map(now.map((output) => [output.name, output]));
  return before.flatMap((output) => {
    const { name } = output;
    const other = names.get(name);
    if (other !== undefined && (!isNumbered(output) || described(other) === described(output))) return [];
    const is = other === undefined ? 'is gone' : described(other);
    const why = `${unfinished(pending)} may be written already, and would be written again under another name`;
    return [{ name, before: described(output), now: `${is}; ${why}` }];
  });
}

function isNumbered({ name, kind }: NodeShape): boolean {
  return name.startsWith(`${kind}-`) && /^\d+$/.test(name.slice(kind.length + 1));
}

function described({ kind, inputs }: NodeShape): string {
  return `${kind}(${inputs.join(', ')})`;
}
