import type { SlotResult } from '@millrace/core/backend';
import { describe, expect, it } from 'vitest';
import type { WireTask } from '../src/protocol.ts';
import { packResults, packTasks, unpackResults, unpackTasks } from '../src/wire-format.ts';

const shared = new Uint8Array(new SharedArrayBuffer(8));
const large = new Uint8Array(5000).fill(7);

describe('tasks and results come back as they were', () => {
  it('tasks of every kind of input and argument', () => {
    const tasks: WireTask[] = [
      {
        id: 3,
        program: 7,
        partition: 2,
        stores: ['a:0'],
        shuffle: {
          key: 'r1/x!2',
          local: [true, false],
          localSlices: false,
          splits: true,
          meets: true,
          sized: false,
          sampling: { buckets: 16, leastStep: 4 },
        },
        inputs: [
          {
            kind: 'blocks',
            blocks: [
              { codec: 'lines', count: 2, bytes: new Uint8Array([1, 2, 3]) },
              { codec: 'msgpack', count: -1, bytes: shared },
            ],
          },
          { kind: 'range', reader: 'input-1#0', operator: 'input-1', range: { path: 'x', from: 0n, at: new Date(5) } },
          { kind: 'handle', handle: { slot: 1, epoch: 2, key: 'k', count: 3 } },
          {
            kind: 'buckets',
            buckets: [
              { kind: 'local', key: 'r1/x!0', reducer: 1 },
              { kind: 'bytes', bytes: large, count: 9 },
              { kind: 'bytes', bytes: new Uint8Array([4]), count: 1 },
            ],
          },
          {
            kind: 'fragments',
            buckets: [
              { kind: 'local', key: 'r1/x!0', reducer: 1 },
              { kind: 'bytes', bytes: large, count: 9 },
            ],
            part: { maps: [0], holes: [[[3, 0]]], own: [[0, ['hot', 1n]]], slices: [[0, 2, 1, 5]] },
          },
          { kind: 'assembly', rest: null, fragments: [{ kind: 'bytes', bytes: large, count: 9 }], keys: ['hot', 2n] },
          {
            kind: 'assembly',
            rest: { kind: 'local', key: 'r1/x!0', reducer: 1 },
            fragments: [],
            keys: [],
          },
          { kind: 'wanted', keys: { own: [[0, 'hot']], maps: [[0, 2], null] } },
          {
            kind: 'pieces',
            buckets: [{ kind: 'bytes', bytes: new Uint8Array([4]), count: 1 }],
            part: { own: [1n], pieces: [{ key: 1n, left: [[0, 0, 1]], right: [] }] },
          },
        ],
        args: [
          { kind: 'value', value: [Number.NaN, undefined, new Date(1)] },
          {
            kind: 'action',
            action: { time: 5, base: null, entering: [1, 2], leaveUpTo: 1, expireBefore: null },
          },
          {
            kind: 'partitions',
            partition: 1,
            time: 2,
            seed: 's',
            parameter: Number.POSITIVE_INFINITY,
            decision: undefined,
          },
          { kind: 'scope', rebuild: null, trace: 'step map:2;', live: null },
        ],
      },
      { id: 0, program: 0, partition: 0, stores: [], shuffle: null, inputs: [], args: [] },
    ];
    const packet = packTasks(tasks);
    expect(unpackTasks(packet)).toEqual(tasks);
    // Shared memory is passed on, not copied.
    expect(packet.bytes.some((b) => b.buffer === shared.buffer)).toBe(true);
  });

  it('results of every kind', () => {
    const metrics = {
      elapsedMs: 0.25,
      recordsRead: 1,
      recordsWritten: 2,
      bytesWritten: 3,
      recordsCombined: 4,
      recordsProbed: 5,
      bucketBytes: 6,
    };
    const results: SlotResult[] = [
      { ok: false, error: { name: 'RangeError', message: 'bad', stack: 'at x' }, operator: 'map-1' },
      { ok: false, error: { name: 'Error', message: 'bad', stack: '' }, operator: null },
      {
        ok: true,
        output: {
          records: null,
          buckets: [null, { kind: 'local', count: 2 }, { kind: 'bytes', bytes: large, count: 4 }],
          heavy: [{ key: new Date(7), records: 2 }],
          runs: [{ key: new Date(7), home: 1, at: 3, slices: [1, 1] }],
          met: { step: 128, keys: [[new Date(7), 1, 2]] },
          residues: [],
          sampled: [3, 60, 3],
          stored: [],
          metrics,
          accumulated: [['seen', 2n]],
        },
      },
      {
        ok: true,
        output: {
          records: { kind: 'blocks', blocks: [{ codec: 'msgpack', count: 1, bytes: new Uint8Array([9]) }] },
          buckets: null,
          heavy: [],
          runs: [],
          met: null,
          residues: [],
          stored: [5, 6],
          metrics,
          accumulated: [],
        },
      },
      {
        ok: true,
        output: {
          records: { kind: 'live', records: [1, new Date(2)] },
          buckets: null,
          heavy: [],
          runs: [],
          met: null,
          residues: [
            { heavy: 3, side: 0, map: 2, values: 4 },
            { heavy: 0, side: 1, map: 0, values: 1 },
          ],
          stored: [],
          metrics,
          accumulated: [],
        },
      },
    ];
    expect(unpackResults(packResults(results))).toEqual(results);
  });
});
