/*
 * How to test a job: no broker, no waiting, the same result every time. `testOperation` feeds batches to an operation and
 * compares what comes out; a ManualClock runs a whole context as fast as it can.
 *
 *     npx vitest run examples/testing
 */
import { StreamingContext, seconds } from '@millrace/core';
import { collectOutputs, inlineBackend, ManualClock, runBatches, testOperation } from '@millrace/core/testing';
import { iterableStream } from '@millrace/sources/iterable';
import { expect, test } from 'vitest';
import { sessions } from './sessions.ts';

test('words are counted batch by batch', async () => {
  await testOperation(
    [['to', 'be', 'or', 'not', 'to', 'be'], ['to']],
    (words) => words.countByValue(),
    [
      [
        ['be', 2],
        ['not', 1],
        ['or', 1],
        ['to', 2],
      ],
      [['to', 1]],
    ],
    { unordered: true },
  );
});

test('a session ends after three seconds of silence', async () => {
  const clicks: [string, string][][] = [
    [
      ['ada', '/'],
      ['bob', '/'],
    ],
    [['ada', '/pay']],
  ];
  // One batch a second; ada's last click is in the second batch, bob's in the first.
  await testOperation(clicks, sessions, [[], [], [], [], ['bob saw /'], ['ada saw /, /pay'], []], { numBatches: 7 });
});

test('the same on a context of its own, with a source and a clock that stands still', async () => {
  const clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
  const clicks = iterableStream<[string, string]>(
    ssc,
    [
      ['ada', '/'],
      ['ada', '/pay'],
    ],
    { maxPerBatch: 1 },
  );
  const outputs = collectOutputs(sessions(clicks));

  await ssc.start();
  await runBatches(ssc, clock, 6);
  await ssc.stop();

  expect(outputs.filter((b) => b.records.length > 0)).toMatchObject([{ time: 6000, records: ['ada saw /, /pay'] }]);
});
