import { differencesIn } from './differences.ts';
import type { Outcome } from './suite.ts';

/**
 * The lines that the command prints: failures, a count for each suite, what is not run and why, in what the engine differs
 * knowingly, and the totals.
 */
export function reportLines(outcomes: readonly Outcome[]): string[] {
  return [...failures(outcomes), ...perSuite(outcomes), ...skipped(outcomes), ...differing(outcomes), totals(outcomes)];
}

/** `N passed, N failed, N skipped`. */
export function totals(outcomes: readonly Outcome[]): string {
  const count = (result: Outcome['result']) => outcomes.filter((o) => o.result === result).length;
  return `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`;
}

function failures(outcomes: readonly Outcome[]): string[] {
  return outcomes
    .filter((o) => o.result === 'failed')
    .map(({ vector, backend, detail }) => `FAILED ${vector.id}${backend === null ? '' : ` on ${backend}`}: ${detail}`);
}

function perSuite(outcomes: readonly Outcome[]): string[] {
  const suites = Map.groupBy(outcomes, (o) => o.vector.suite);
  return [...suites].map(([suite, own]) => `${suite}: ${totals(own)}`);
}

function skipped(outcomes: readonly Outcome[]): string[] {
  const groups = Map.groupBy(
    outcomes.filter((o) => o.result === 'skipped'),
    ({ vector, detail }) => `not run: ${vector.kind} / ${vector.operation} (${detail})`,
  );
  return [...groups].map(([what, own]) => `${what}: ${own.map((o) => o.vector.id).join(', ')}`);
}

/** What passed because something else than Spark's was expected. */
function differing(outcomes: readonly Outcome[]): string[] {
  const vectors = new Set(outcomes.filter((o) => o.result !== 'skipped').map((o) => o.vector));
  return [...vectors].flatMap((vector) =>
    differencesIn(vector).map((line) => `differs from Spark: ${vector.id}: ${line}`),
  );
}
