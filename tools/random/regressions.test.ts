import { afterAll, expect, test } from 'vitest';
import type { Node, Program } from './program.ts';
import { Backends, backendNames, check } from './run.ts';

/* Programs that random tests found to fail, as small as they became, with what was wrong. */

const backends = new Backends();
afterAll(() => backends.stop());

const base = {
  batches: 4,
  parallelism: 1,
  stepwise: true,
  concurrentJobs: 1,
  sources: [
    { kind: 'live', type: 'int', partitions: 1, bare: false, batches: [[1], [2], [1], [1]] },
  ] as Program['sources'],
  persist: [],
};
const one = { n: 1, custom: true };

/** A program over one source, which is stream 0; the last node is the output unless others are named. */
function program(nodes: readonly Node[], change: Partial<Program> = {}): Program {
  return { ...base, nodes, outputs: [{ node: nodes.length, mode: 'collect' }], ...change };
}

const keyed: Node = { op: 'map', in: [0], fn: 'keyInt' };
const total: Node = { op: 'updateStateByKey', in: [1], fn: 'total' };

const found: Record<string, Program> = {
  'state goes on in batches that no window asks for: slide longer than window': program([
    keyed,
    total,
    { op: 'window', in: [2], w: 1, s: 2 },
  ]),
  'a window that slides by two batches reads both states': program([
    keyed,
    total,
    { op: 'window', in: [2], w: 2, s: 2 },
  ]),
  'the same with a step between': program([
    keyed,
    total,
    { op: 'map', in: [2], fn: 'weigh' },
    { op: 'window', in: [3], w: 2, s: 2 },
  ]),
  'the same for an incremental window': program([
    keyed,
    total,
    { op: 'reduceByKeyAndWindow', in: [2], w: 2, s: 2, fn: 'sum', inverse: true, part: null },
  ]),
  'the same for snapshots': program([
    keyed,
    { op: 'mapWithState', in: [1], fn: 'running', timeout: null, check: null, rows: [] },
    { op: 'stateSnapshots', in: [2] },
    { op: 'window', in: [3], w: 2, s: 2 },
  ]),
  'state behind a union is that of its own partition': program([
    keyed,
    total,
    { op: 'map', in: [2], fn: 'same' },
    { op: 'window', in: [3], w: 2, s: 1 },
  ]),
  'state behind coalesce and cartesian': program(
    [
      keyed,
      { ...total, part: { n: 3, custom: false } },
      { op: 'transform', in: [2], fn: 'coalesce', n: 2 },
      { op: 'transformWith', in: [2, 3], fn: 'cartesian' },
    ],
    { sources: [{ ...base.sources[0], partitions: 3, batches: [[1, 2, 3, 4], [5, 1], [], [2]] }] },
  ),
  'state behind a step that another output shares, and that only the union computes': program(
    [keyed, total, { op: 'map', in: [2], fn: 'same' }, { op: 'union', in: [0, 3] }],
    {
      outputs: [
        { node: 3, mode: 'late' },
        { node: 4, mode: 'collect' },
      ],
    },
  ),
  'partition functions behind a union get the number of their own partition': program([
    { op: 'mapPartitions', in: [0], fn: 'indexed' },
    { op: 'union', in: [0, 1] },
  ]),
  'zipWithIndex behind a union': program([
    { op: 'transform', in: [0], fn: 'zipWithIndex' },
    { op: 'union', in: [1, 1] },
  ]),
  'an output that does not look at a window over state': program(
    [keyed, total, { op: 'map', in: [2], fn: 'same' }, { op: 'window', in: [3], w: 2, s: 1 }],
    { outputs: [{ node: 4, mode: 'late' }] },
  ),
  'a custom partitioner that an operation inside transform inherits': program(
    [
      keyed,
      { op: 'reduceByKey', in: [1], fn: 'sum', part: { n: 2, custom: true } },
      { op: 'transformWith', in: [2, 1], fn: 'subtractByKey', n: 1 },
    ],
    { sources: [{ ...base.sources[0], batches: [[-7, 2, 3]] }] },
  ),
  'batches at once: a partition that a later batch reads is not dropped': program(
    [
      { op: 'map', in: [0], fn: 'keyInt' },
      { op: 'combineByKey', in: [1], fn: 'sumCount', part: one, flag: true },
      { op: 'map', in: [2], fn: 'signed' },
      { op: 'countByValueAndWindow', in: [3], w: 1, s: 3, part: { n: 2, custom: true } },
    ],
    {
      batches: 7,
      stepwise: false,
      concurrentJobs: 2,
      sources: [{ ...base.sources[0], bare: true, batches: [[], [], [], [-8], [-8]] }],
      outputs: [
        { node: 0, mode: 'collect' },
        { node: 4, mode: 'driver' },
      ],
    },
  ),
};

for (const [name, each] of Object.entries(found)) {
  test(name, () => expect(check(each, backends, backendNames)).resolves.toBeUndefined());
}
