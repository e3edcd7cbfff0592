import type { BatchInfo, InputFlow, ReceiverInfo } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import { describe, expect, test } from 'vitest';
import { errorChain, errorText } from './error-text.ts';
import { JsonLog } from './json-log.ts';
import { batchLine, TextLog } from './text-log.ts';

const flow = (values: Partial<InputFlow>): InputFlow => ({
  rateLimit: null,
  waitingRecords: 0,
  waitingBytes: 0,
  refused: 0,
  dropped: 0,
  ...values,
});

/** A batch of 1,200 records with inputs whose intake is given. */
function batch(...flows: (InputFlow | undefined)[]): BatchInfo {
  return {
    batchTime: Date.UTC(2026, 0, 2, 3, 4, 5, 500),
    batchInterval: 500,
    streamIdToInputInfo: new Map(
      flows.map((f, i) => [
        i,
        {
          inputStreamId: i,
          numRecords: 600,
          metadata: { Description: 'from a test', secret: 'never shown' },
          ...(f === undefined ? {} : { flow: f }),
        },
      ]),
    ),
    submissionTime: 0,
    processingStartTime: 1,
    processingEndTime: 13,
    outputOperationInfos: new Map(),
    schedulingDelay: 1.2345678,
    processingDelay: 12,
    totalDelay: 13.2345678,
    numRecords: 1200,
    attempt: 1,
    recordFailures: new Map(),
    tasks: null,
  };
}

const receiver: ReceiverInfo = {
  streamId: 3,
  name: 'lines',
  active: true,
  location: 'worker',
  lastErrorMessage: 'connection refused',
  lastError: 'ECONNREFUSED',
  lastErrorTime: 5,
};

describe('the status line of a batch', () => {
  const line = '2026-01-02T03:04:05.500Z  1,200 records (2,400/s)  took 12 ms  waited 1 ms';

  test('says nothing of intake where inputs say nothing', () => {
    expect(batchLine(batch(undefined))).toBe(line);
  });

  test('adds up inputs, and has a limit only where there is one', () => {
    expect(batchLine(batch(flow({ waitingRecords: 30 }), undefined))).toBe(`${line}  lag 30`);
    const two = batch(
      flow({ rateLimit: 1000, waitingRecords: 1000, refused: 2 }),
      flow({ rateLimit: 4000.4, waitingRecords: 500, refused: 1, dropped: 7 }),
    );
    expect(batchLine(two)).toBe(`${line}  limit 5,000/s  lag 1,500  refused 3  dropped 7`);
  });

  test('a delay just below zero is zero', () => {
    for (const schedulingDelay of [-0.3, -0.9])
      expect(batchLine({ ...batch(), schedulingDelay })).toMatch(/waited 0 ms$/);
  });
});

describe('logs', () => {
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  const take = () => written.splice(0).join('');

  test('as text: receivers', () => {
    const log = new TextLog({ write, verbose: false, quiet: false });
    log.receiver('started', { ...receiver, lastErrorMessage: '', lastError: '' });
    log.receiver('error', receiver);
    log.receiver('stopped', receiver);
    log.receiver('stopped', { ...receiver, lastErrorMessage: '', lastError: '' });
    expect(take()).toBe(
      [
        'millrace: receiver lines started (worker)',
        'millrace: receiver lines: error: connection refused: ECONNREFUSED',
        'millrace: receiver lines stopped; its last error: connection refused: ECONNREFUSED',
        'millrace: receiver lines stopped\n',
      ].join('\n'),
    );
  });

  test('as JSON: receivers and inputs, one object a line, without what is not documented', () => {
    const clock = new ManualClock();
    const log = new JsonLog({ write, clock, verbose: false, quiet: false });
    log.receiver('error', receiver);
    expect(take()).toBe(
      '{"time":"1970-01-01T00:00:00.000Z","event":"receiver-error","id":3,"name":"lines","location":"worker",' +
        '"message":"connection refused","error":"ECONNREFUSED"}\n',
    );
    log.warning('two\nlines');
    expect(JSON.parse(take())).toMatchObject({ event: 'warning', message: 'two\nlines' });
    log.batch(batch(undefined, flow({ rateLimit: 5, waitingBytes: 6 })));
    const text = take();
    expect(text).not.toContain('secret');
    expect(JSON.parse(text)).toMatchObject({
      event: 'batch',
      schedulingDelayMs: 1.235,
      inputs: [
        { id: 0, records: 600, description: 'from a test' },
        { id: 1, records: 600, description: 'from a test', rateLimit: 5, waitingRecords: 0, waitingBytes: 6 },
      ],
    });
  });

  test('--quiet leaves out what went well', () => {
    const options = { write, clock: new ManualClock(), verbose: false, quiet: true };
    const failed = {
      id: 0,
      batchTime: 0,
      name: 'show',
      description: '',
      attempt: 1,
      startTime: 0,
      endTime: 1,
      duration: 1,
    };
    for (const log of [new TextLog(options), new JsonLog(options)]) {
      log.batch(batch());
      expect(take()).toBe('');
      log.batch({ ...batch(), outputOperationInfos: new Map([[0, { ...failed, failureReason: 'no disk' }]]) });
      expect(take()).toContain('no disk');
    }
  });
});

describe('errors', () => {
  test('anything may be thrown, and causes may go round', () => {
    const cycle = new Error('a');
    cycle.cause = cycle;
    expect(errorChain(cycle, { stacks: false })).toHaveLength(9);
    expect(errorText(undefined, { stacks: true })).toBe('error: thrown value: undefined');
    expect(errorText(Object.assign(new Error('b', { cause: 'text' }), { code: 'ENOENT' }), { stacks: false })).toBe(
      'error [ENOENT]: b\n  caused by thrown value: text',
    );
  });
});
