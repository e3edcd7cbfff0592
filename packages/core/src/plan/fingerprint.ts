import type { PlanNode } from './node.ts';

/**
 * The plan as text, a line for each node: equal texts mean that tasks which name nodes mean the same. Function sources
 * are not part of it; outputs attached on the driver are not either.
 */
export function fingerprint(nodes: readonly PlanNode[]): string {
  return nodes
    .filter((n) => !n.attached)
    .map(line)
    .join('\n');
}

function line(node: PlanNode): string {
  const inputs = node.inputs.map((i) => i.name).join(', ');
  const params = Object.keys(node.params)
    .sort()
    .map((k) => `${k}=${JSON.stringify(node.params[k])}`)
    .join(' ');
  return `${node.name}: ${node.operator.kind}(${inputs}) every ${node.slideMs} ms, ${node.functions.length} functions${params === '' ? '' : `, ${params}`}`;
}

/** The first difference of two fingerprints in words; null if they are equal. */
export function fingerprintDifference(driver: string, worker: string): string | null {
  if (driver === worker) return null;
  const a = driver.split('\n');
  const b = worker.split('\n');
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (a[i] === b[i]) continue;
    return `node ${i + 1}: the driver has "${a[i] ?? 'none'}", the worker has "${b[i] ?? 'none'}"`;
  }
  return null;
}
