import { expect, test } from 'vitest';
import { ListenerBus } from '../events/listener-bus.ts';
import type { OutputNode } from '../plan/node.ts';
import { foreachRDD } from '../plan/operators/io.ts';
import { Plan } from '../plan/plan.ts';
import { ManualClock } from '../testing/index.ts';
import { Batch, type OutputJob } from './batch.ts';
import { BatchScheduler, type SchedulerHost, type SchedulerOptions } from './batch-scheduler.ts';

/** Outputs of a plan; the scheduler never looks at their lineage. */
function outputs(n: number): OutputNode[] {
  const plan = new Plan();
  return Array.from({ length: n }, () => plan.addOutput({ operator: foreachRDD, inputs: [], slideMs: 100 }));
}

/** A host that writes down what it is asked; jobs end when the test says so, or at once. */
class Script implements SchedulerHost {
  readonly log: string[] = [];
  readonly clock = new ManualClock();
  readonly bus = new ListenerBus('test', (e) => this.log.push(`complaint ${e}`));
  readonly scheduler: BatchScheduler;
  /** Jobs that wait, by `time/output`. */
  readonly held = new Map<string, () => void>();
  hold = false;
  failing = new Set<string>();
  noJobs = new Set<number>();
  /** Set: preparing a batch waits until its entry is called; its argument is an error or nothing. */
  readonly preparing = new Map<number, (e?: Error) => void>();
  prepares = false;
  readonly #outputs: OutputNode[];

  constructor(options: Partial<SchedulerOptions> & { outputs?: number } = {}) {
    const { outputs: n = 1, ...rest } = options;
    this.#outputs = outputs(n);
    this.scheduler = new BatchScheduler(this, {
      clock: this.clock,
      batchIntervalMs: 100,
      concurrentJobs: 1,
      maxPendingBatches: 16,
      maxBatchFailures: 1,
      stopOnFailure: false,
      bus: this.bus,
      ...rest,
    });
  }

  prepare(time: number): Promise<void> | null {
    if (!this.prepares) return null;
    this.log.push(`prepare ${time}`);
    return new Promise((resolve, reject) => {
      this.preparing.set(time, (e) => (e === undefined ? resolve() : reject(e)));
    });
  }

  clockSetBack(byMs: number, next: number): void {
    this.log.push(`set back by ${byMs}, next ${next}`);
  }

  undo(batch: Batch): void {
    this.log.push(`undo ${batch.time}`);
  }

  generate(time: number, submissionTime: number): Batch {
    this.log.push(`generate ${time}`);
    if (this.failing.has(`${time}`)) throw new Error(`no plan for ${time}`);
    const jobs = this.noJobs.has(time) ? [] : this.#outputs.map((output) => ({ output, rdd: null as never }));
    return new Batch({
      time,
      intervalMs: 100,
      jobs,
      inputs: new Map(),
      broadcasts: new Map(),
      submissionTime,
    });
  }

  async runJob(batch: Batch, { output }: OutputJob, earlier: readonly Batch[]): Promise<void> {
    const id = `${batch.time}/${output.outputId}`;
    this.log.push(`run ${id}${earlier.length === 0 ? '' : ` beside ${earlier.map((b) => b.time)}`}`);
    if (this.hold) await new Promise<void>((resolve) => this.held.set(id, resolve));
    if (this.failing.has(id)) throw new Error(`${id} fails`);
  }

  async commit(batch: Batch): Promise<void> {
    this.log.push(`commit ${batch.time}`);
  }

  async failed(): Promise<void> {}

  async unprepared(time: number): Promise<void> {
    this.log.push(`unprepared ${time}`);
  }

  async unplanned(time: number): Promise<void> {
    this.log.push(`unplanned ${time}`);
  }

  forget(time: number): void {
    this.log.push(`forget ${time}`);
  }

  report(reason: unknown): void {
    this.log.push(`report ${(reason as Error).message}`);
  }

  halted(): void {
    this.log.push('halted');
  }

  /** What was asked since the last look, of some kinds. */
  take(...kinds: string[]): string[] {
    return this.log.splice(0).filter((line) => kinds.length === 0 || kinds.some((kind) => line.startsWith(kind)));
  }

  async release(id: string): Promise<void> {
    this.held.get(id)?.();
    this.held.delete(id);
    await this.clock.breathe();
  }
}

test('R9: outputs of a batch run in definition order, batches in time order', async () => {
  const s = new Script({ outputs: 2 });
  s.scheduler.start(100);
  await s.clock.advance(200);
  await s.scheduler.whenIdle();
  expect(s.take()).toEqual(
    [100, 200].flatMap((t) => [`generate ${t}`, `run ${t}/0`, `run ${t}/1`, `commit ${t}`, `forget ${t}`]),
  );
});

test('a batch waits for the one before; whenIdle waits for all of them', async () => {
  const s = new Script();
  s.hold = true;
  s.scheduler.start(100);
  await s.clock.advance(300);
  expect(s.take('run', 'generate')).toEqual(['generate 100', 'run 100/0', 'generate 200', 'generate 300']);
  expect(s.scheduler.waiting).toBe(2);
  let idle = false;
  const waiting = s.scheduler.whenIdle().then(() => {
    idle = true;
  });
  await s.release('100/0');
  expect(s.take('run')).toEqual(['run 200/0']);
  await s.release('200/0');
  expect(idle).toBe(false);
  await s.release('300/0');
  await waiting;
  expect(s.take('run', 'commit')).toEqual(['commit 200', 'run 300/0', 'commit 300']);
});

test('past maxPendingBatches due times wait as a range, and none is lost', async () => {
  const s = new Script({ maxPendingBatches: 2 });
  s.hold = true;
  s.scheduler.start(100);
  await s.clock.advance(1000);
  expect(s.take('generate')).toEqual(['generate 100', 'generate 200', 'generate 300']);
  expect(s.scheduler.waiting).toBe(9);
  await s.release('100/0');
  expect(s.take('generate')).toEqual(['generate 400']);
  s.hold = false;
  await s.release('200/0');
  await s.scheduler.whenIdle();
  const times = [500, 600, 700, 800, 900, 1000];
  expect(s.take('generate', 'run')).toEqual(
    expect.arrayContaining(times.flatMap((t) => [`generate ${t}`, `run ${t}/0`])),
  );
  expect(s.scheduler.waiting).toBe(0);
  expect(s.held.size).toBe(0);
});

test('R5: a batch without jobs is not submitted and not committed, but what is remembered is cleaned', async () => {
  const s = new Script();
  const events: string[] = [];
  s.bus.add({
    onBatchSubmitted: ({ batchInfo }) => void events.push(`submitted ${batchInfo.batchTime}`),
    onBatchCompleted: ({ batchInfo }) => void events.push(`completed ${batchInfo.batchTime}`),
  });
  s.noJobs.add(100);
  s.scheduler.start(100);
  await s.clock.advance(200);
  await s.scheduler.whenIdle();
  expect(events).toEqual(['submitted 200', 'completed 200']);
  expect(s.take('commit', 'forget')).toEqual(['forget 100', 'commit 200', 'forget 200']);
});

test('R113: a failing output does not stop the others of its batch, nor later batches; the batch does not commit', async () => {
  const s = new Script({ outputs: 2 });
  const reasons: (string | null)[] = [];
  s.bus.add({ onOutputOperationCompleted: (e) => void reasons.push(e.outputOperationInfo.failureReason) });
  s.failing.add('100/0');
  s.scheduler.start(100);
  await s.clock.advance(200);
  await s.scheduler.whenIdle();
  expect(s.take('run', 'commit', 'report', 'halted')).toEqual([
    'run 100/0',
    'run 100/1',
    'report 100/0 fails',
    'run 200/0',
    'run 200/1',
    'commit 200',
  ]);
  expect(reasons).toEqual(['100/0 fails', null, null, null]);
});

test('the first of several failures of a batch is reported', async () => {
  const s = new Script({ outputs: 2 });
  s.failing.add('100/0').add('100/1');
  s.scheduler.start(100);
  await s.clock.advance(100);
  expect(s.take('report')).toEqual(['report 100/0 fails']);
});

test('R99: a batch that cannot be planned is reported and the next one runs', async () => {
  const s = new Script();
  s.failing.add('100');
  s.scheduler.start(100);
  await s.clock.advance(200);
  await s.scheduler.whenIdle();
  expect(s.take('report', 'unplanned', 'run')).toEqual(['report no plan for 100', 'unplanned 100', 'run 200/0']);
});

test.each(['100', '100/0'])('with stopOnFailure a failure of %s throws away what waits', async (what) => {
  const s = new Script({ stopOnFailure: true });
  s.hold = true;
  s.failing.add(what);
  s.scheduler.start(100);
  await s.clock.advance(300);
  await s.release('100/0');
  await s.scheduler.whenIdle();
  await s.clock.advance(300);
  expect(s.take('run', 'commit', 'unplanned', 'halted')).toEqual(what === '100' ? ['halted'] : ['run 100/0', 'halted']);
  expect(s.scheduler.waiting).toBe(0);
  expect(s.clock.pending).toBe(0);
});

test('halt lets the running batch end with all its outputs and starts no other', async () => {
  const s = new Script({ stopOnFailure: true, outputs: 2 });
  s.hold = true;
  s.scheduler.start(100);
  await s.clock.advance(200);
  s.scheduler.halt();
  await s.release('100/0');
  await s.release('100/1');
  await s.scheduler.whenIdle();
  expect(s.take('run', 'commit')).toEqual(['run 100/0', 'run 100/1', 'commit 100']);
  s.scheduler.due(500);
  expect(s.take()).toEqual([]);
});

test('concurrentJobs: as many batches run at once, each told of those before it', async () => {
  const s = new Script({ concurrentJobs: 2 });
  s.hold = true;
  s.scheduler.start(100);
  await s.clock.advance(300);
  expect(s.take('run')).toEqual(['run 100/0', 'run 200/0 beside 100']);
  await s.release('200/0');
  // Batch 100 still runs: what it needs is kept.
  expect(s.take('commit', 'forget', 'run')).toEqual(['commit 200', 'forget 99', 'run 300/0 beside 100']);
  await s.release('100/0');
  expect(s.take('forget')).toEqual(['forget 100']);
  await s.release('300/0');
  expect(s.take('forget')).toEqual(['forget 300']);
});

test('with stopOnFailure a batch that runs beside the failed one does not commit', async () => {
  const s = new Script({ concurrentJobs: 2, stopOnFailure: true, outputs: 2 });
  s.hold = true;
  s.failing.add('100/0');
  s.scheduler.start(100);
  await s.clock.advance(200);
  await s.release('100/0');
  await s.release('100/1');
  await s.release('200/0');
  await s.scheduler.whenIdle();
  expect(s.take('commit', 'run', 'halted')).toEqual(['run 100/0', 'run 200/0 beside 100', 'run 100/1', 'halted']);
});

test('R110, R111: events and what each of them knows', async () => {
  const s = new Script({ outputs: 2 });
  const events: unknown[] = [];
  s.bus.add({
    onBatchSubmitted: ({ batchInfo: b }) =>
      void events.push(['submitted', b.schedulingDelay, b.processingDelay, b.totalDelay]),
    onBatchStarted: ({ batchInfo: b }) =>
      void events.push(['started', b.schedulingDelay, b.processingDelay, b.totalDelay]),
    onOutputOperationStarted: ({ outputOperationInfo: o }) => void events.push(['output started', o.id, o.duration]),
    onOutputOperationCompleted: ({ outputOperationInfo: o }) =>
      void events.push(['output completed', o.id, o.duration]),
    onBatchCompleted: ({ batchInfo: b }) =>
      void events.push(['completed', b.schedulingDelay, b.processingDelay, b.totalDelay]),
  });
  s.hold = true;
  s.scheduler.start(100);
  await s.clock.advance(110);
  await s.release('100/0');
  await s.clock.advance(15);
  await s.release('100/1');
  expect(events).toEqual([
    ['submitted', null, null, null],
    ['started', 0, null, null],
    ['output started', 0, null],
    ['output completed', 0, 10],
    ['output started', 1, null],
    ['output completed', 1, 15],
    ['completed', 0, 25, 25],
  ]);
});

test('R117: scheduling delay is the wait behind earlier batches', async () => {
  const s = new Script();
  const delays: unknown[] = [];
  s.bus.add({
    onBatchCompleted: ({ batchInfo: b }) => void delays.push([b.schedulingDelay, b.processingDelay, b.totalDelay]),
  });
  s.hold = true;
  s.scheduler.start(100);
  await s.clock.advance(260);
  await s.release('100/0');
  await s.clock.advance(30);
  await s.release('200/0');
  expect(delays).toEqual([
    [0, 160, 160],
    [60, 30, 90],
  ]);
});

test('a batch waits for what has to be prepared, and later times wait with it', async () => {
  const s = new Script();
  s.prepares = true;
  s.scheduler.start(100);
  await s.clock.advance(350);
  expect(s.take()).toEqual(['prepare 100']);
  let idle = false;
  void s.scheduler.whenIdle().then(() => {
    idle = true;
  });
  s.preparing.get(100)?.();
  await s.clock.advance(0);
  expect(s.take('prepare', 'generate', 'run')).toEqual(['generate 100', 'prepare 200', 'run 100/0']);
  expect(idle).toBe(false);
  for (const time of [200, 300]) {
    s.preparing.get(time)?.();
    await s.clock.advance(0);
  }
  expect(idle).toBe(true);
  expect(s.take('generate')).toEqual(['generate 200', 'generate 300']);
});

test('a preparation that fails ends its batch alone; the job goes on', async () => {
  const s = new Script();
  s.prepares = true;
  s.scheduler.start(100);
  await s.clock.advance(250);
  s.preparing.get(100)?.(new Error('no broker'));
  await s.clock.advance(0);
  s.preparing.get(200)?.();
  await s.clock.advance(0);
  expect(s.take('report', 'unprepared', 'generate')).toEqual(['report no broker', 'unprepared 100', 'generate 200']);
});

test('a stop while a batch is prepared plans it no more', async () => {
  const s = new Script();
  s.prepares = true;
  s.scheduler.start(100);
  await s.clock.advance(150);
  s.scheduler.halt();
  const idle = s.scheduler.whenIdle();
  s.preparing.get(100)?.();
  await idle;
  expect(s.take('generate', 'run')).toEqual([]);
});

test('a batch that fails is undone and run again as a whole, until it may not fail any more', async () => {
  const s = new Script({ outputs: 2, maxBatchFailures: 3 });
  const attempts: unknown[] = [];
  s.bus.add({
    onBatchRetried: ({ batchInfo, reason }) => attempts.push([batchInfo.attempt, reason]),
    onOutputOperationCompleted: ({ outputOperationInfo: o }) => attempts.push([o.attempt, o.id, o.failureReason]),
    onBatchCompleted: ({ batchInfo }) => attempts.push(batchInfo.attempt),
  });
  s.failing.add('100/0');
  s.scheduler.start(100);
  await s.clock.advance(100);
  await s.scheduler.whenIdle();
  const runs = ['run 100/0', 'run 100/1'];
  expect(s.take('run', 'undo', 'commit', 'report')).toEqual([
    ...runs,
    'undo 100',
    ...runs,
    'undo 100',
    ...runs,
    'report 100/0 fails',
  ]);
  const attempt = (n: number) => [
    [n, 0, '100/0 fails'],
    [n, 1, null],
  ];
  expect(attempts).toEqual([...attempt(1), [2, '100/0 fails'], ...attempt(2), [3, '100/0 fails'], ...attempt(3), 3]);
});

test('a batch that is well the second time commits once; one of a job that stops is not run again', async () => {
  const s = new Script({ maxBatchFailures: 2 });
  s.hold = true;
  s.failing.add('100/0');
  s.scheduler.start(100);
  await s.clock.advance(100);
  await s.release('100/0');
  s.failing.clear();
  await s.release('100/0');
  await s.scheduler.whenIdle();
  expect(s.take('run', 'undo', 'commit', 'report')).toEqual(['run 100/0', 'undo 100', 'run 100/0', 'commit 100']);
  s.failing.add('200/0');
  await s.clock.advance(100);
  s.scheduler.halt();
  await s.release('200/0');
  await s.scheduler.whenIdle();
  expect(s.take('run', 'undo', 'commit', 'report')).toEqual(['run 200/0', 'report 200/0 fails']);
});
