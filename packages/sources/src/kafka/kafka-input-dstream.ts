import type { Accumulator, BatchInfo, StreamingContext, Time } from '@millrace/core';
import { InputDStream, type InputFlow, type RangeContext, type SourceBatch } from '@millrace/core';
import { checkBackpressure, error } from '@millrace/core/connector';
import { type Asking, type KafkaPort, untilReached } from '@millrace/kafka';
import { type BatchPlan, BatchPlans, type Position, plannedRecords } from './batch-plans.ts';
import type { KafkaRecord } from './kafka-record.ts';
import { type CommitCallback, OffsetCommits } from './offset-commits.ts';
import { checkRange, countOf, describeRanges, type KafkaRange, type OffsetRange, plainRange } from './offset-range.ts';
import {
  type CheckedDirect,
  type CheckedReading,
  checkDirect,
  checkReading,
  type DirectStreamOptions,
} from './options.ts';
import type { RateLimits } from './rate-limit.ts';
import { type ReadSettings, readRange } from './read-range.ts';

/** The stream that `createDirectStream` makes. */
export class KafkaInputDStream<K = Uint8Array, V = Uint8Array> extends InputDStream<KafkaRecord<K, V>> {
  readonly #reading: CheckedReading<K, V>;
  readonly #direct: CheckedDirect;
  readonly #plans: BatchPlans;
  readonly #batches = new Map<number, BatchPlan>();
  readonly #commits: OffsetCommits | null;
  /** Counted by tasks, as their batches succeed. */
  readonly #lostInTasks: Accumulator<number>;
  readonly #dropped: Accumulator<number>;
  #lostByPlan = 0;
  #port: KafkaPort | null = null;
  /** Before the first estimate (R160); null without a bound. */
  readonly #initialRate: number | null;
  #rate: number | null = null;
  #lag = 0;
  #countedSaid = 0;

  /** @param owner the function that the user has called, for errors */
  constructor(ssc: StreamingContext, options: DirectStreamOptions<K, V>, owner: string = 'createDirectStream') {
    const direct = checkDirect(owner, options as DirectStreamOptions<never, never>);
    const reading = checkReading(owner, options);
    const { kafka, key, value, maxBytes, retryForMs } = reading;
    const { onBadRecord, onDataLoss } = direct;
    const counts = { lost: (_n: number) => {}, dropped: (_n: number) => {}, stream: options.name ?? owner };
    super(ssc, {
      name: options.name,
      kind: 'kafka',
      async read(range: KafkaRange, { clock, open }: RangeContext) {
        const { stream, lost, dropped } = counts;
        const settings: ReadSettings<K, V> = {
          stream,
          brokers: kafka.shown,
          key,
          value,
          onBadRecord,
          dropped,
          maxBytes,
          retryForMs,
          onDataLoss,
          lost,
        };
        const asking: Asking = { what: stream, brokers: kafka.shown, clock, retryForMs };
        if (countOf(range) === 0) return [];
        return readRange(await untilReached(asking, () => open(kafka.port)), range, clock, settings);
      },
    });
    const add = (a: number, b: number) => a + b;
    this.#lostInTasks = ssc.accumulator(`${this.name} lost`, 0, add);
    this.#dropped = ssc.accumulator(`${this.name} dropped`, 0, add);
    counts.stream = this.name;
    counts.lost = (n) => this.#lostInTasks.add(n);
    counts.dropped = (n) => this.#dropped.add(n);
    this.#initialRate = checkBackpressure(ssc.options.backpressure)?.initialRate ?? null;
    this.#reading = reading;
    this.#direct = direct;
    const { strategy, startingOffsets, group } = direct;
    const { isolation } = reading;
    const warn = (message: string) => ssc.warn(message);
    this.#plans = new BatchPlans({
      stream: this.name,
      strategy,
      startingOffsets,
      group,
      isolation,
      onDataLoss,
      limits: () => this.#limits(),
      warn,
    });
    this.#commits = group === null ? null : new OffsetCommits(group, () => this.#connected, warn);
    // Batches run after `stop`, and their offsets are committed.
    ssc.addLifeHooks({ end: () => this.#close() });
  }

  /** Offsets that were gone before they were read, and skipped by `onDataLoss`, in batches that have succeeded. */
  get lost(): number {
    return this.#lostByPlan + this.#lostInTasks.value;
  }

  /** Records that could not be decoded and were dropped by `onBadRecord`, in batches that have succeeded. */
  get dropped(): number {
    return this.#dropped.value;
  }

  override async start(): Promise<void> {
    const { kafka } = this.#reading;
    this.#port = await untilReached(this.#asking, () => kafka.connect());
    if (this.#plans.positions.length === 0) await untilReached(this.#asking, () => this.#plans.begin(this.#connected));
    this.context.addStreamingListener({
      onBatchCompleted: ({ batchInfo }) => {
        this.#sayCounts();
        this.#over(batchInfo);
      },
    });
  }

  /** Decides what the batch reads: what the brokers have, within the limits. */
  override async prepare(time: Time): Promise<void> {
    const plan = await untilReached(this.#asking, () => this.#plans.next(this.#connected));
    this.#lostByPlan += plan.lost;
    this.#lag = plan.lag.reduce((sum, lag) => sum + lag, 0);
    this.#batches.set(time.milliseconds, plan);
  }

  override saveBatch(time: Time): BatchPlan | null {
    return this.#batches.get(time.milliseconds) ?? null;
  }

  /** The batch reads the same offsets again (R170). */
  override restoreBatch(time: Time, saved: BatchPlan | null): void {
    if (saved !== null) this.#batches.set(time.milliseconds, saved);
  }

  override saveProgress(): {
    readonly positions: readonly Position[];
    readonly lost: number;
    /** The pattern of the topics, to know of a new topic whether the program or somebody else has brought it. */
    readonly pattern: string | null;
  } {
    return { positions: this.#plans.positions, lost: this.#lostByPlan, pattern: this.#plans.pattern };
  }

  override restoreProgress({ positions, lost, pattern }: ReturnType<KafkaInputDStream['saveProgress']>): void {
    this.#plans.restore(positions, pattern ?? null);
    this.#lostByPlan = lost;
  }

  override onRate(recordsPerSecond: number): void {
    this.#rate = recordsPerSecond;
  }

  override compute(time: Time): SourceBatch {
    void this.#commits?.commit();
    const plan = this.#batches.get(time.milliseconds) ?? { ranges: [], lag: [], lost: 0 };
    const { ranges, lag, lost } = plan;
    return {
      partitions: ranges.map((range) => ({ kind: 'range', range, count: countOf(range) })),
      numRecords: plannedRecords(plan),
      metadata: {
        offsets: ranges.map(plainRange),
        lag: ranges.map(({ topic, partition }, i) => ({ topic, partition, records: lag[i] as number })),
        lost,
        Description: describeRanges(ranges),
      },
    };
  }

  /** Waiting records are the lag: what Kafka had behind the last batch that was planned. */
  override flow(): InputFlow {
    return { rateLimit: this.#rate, waitingRecords: this.#lag, waitingBytes: 0, refused: 0, dropped: this.dropped };
  }

  /** The offsets of a batch that is remembered, a partition each; empty for others. */
  offsetRangesAt(time: Time): OffsetRange[] {
    return (this.#batches.get(time.milliseconds)?.ranges ?? []).map(plainRange);
  }

  /**
   * Commits offsets for the stream's group, with the next batch, or when the job stops: of each partition the highest end
   * (R169). What a job reads after a restart does not depend on it if it has a checkpoint.
   *
   * @param callback told when it is over; of several calls for one commit, the last one's. Without it a failure is a warning
   * @throws MR_OPTION if the stream has no group, or what is given is no range; MR_KAFKA_RANGE if one ends before it begins
   */
  commitAsync(ranges: readonly OffsetRange[], callback?: CommitCallback): void {
    if (this.#commits === null)
      throw error('MR_OPTION', {
        option: `${this.name}: group`,
        value: undefined,
        rule: 'must be given to commit offsets',
      });
    if (!Array.isArray(ranges))
      throw error('MR_OPTION', {
        option: 'commitAsync: ranges',
        value: ranges,
        rule: 'must be a list of ranges of offsets',
      });
    for (const range of ranges) checkRange('commitAsync', range);
    this.#commits.add(ranges, callback);
  }

  get #connected(): KafkaPort {
    if (this.#port !== null) return this.#port;
    throw error('MR_CONTEXT_STOPPED', { what: `reading from Kafka for ${this.name}` });
  }

  get #asking(): Asking {
    const { kafka, retryForMs } = this.#reading;
    return { what: this.name, brokers: kafka.shown, clock: this.context.clock, retryForMs };
  }

  #limits(): RateLimits {
    const { maxRatePerPartition, minRatePerPartition } = this.#direct;
    return {
      maxRatePerPartition,
      minRatePerPartition,
      rate: this.#rate ?? this.#initialRate,
      batchIntervalMs: this.context.batchDuration.milliseconds,
    };
  }

  async #close(): Promise<void> {
    await this.#commits?.commit();
    await this.#port?.close();
    this.#port = null;
  }

  /** A batch is over: its offsets are copied to the group, and what no window needs is forgotten. */
  #over({ batchTime, outputOperationInfos }: BatchInfo): void {
    const failed = [...outputOperationInfos.values()].some(({ failureReason }) => failureReason != null);
    const plan = this.#batches.get(batchTime);
    if (this.#direct.commitAfterBatch && !failed && plan !== undefined) {
      this.#commits?.add(plan.ranges);
      void this.#commits?.commit();
    }
    const oldest = batchTime - this.rememberDuration.milliseconds - this.context.batchDuration.milliseconds;
    for (const time of this.#batches.keys()) if (time < oldest) this.#batches.delete(time);
  }

  #sayCounts(): void {
    const counted = this.#lostInTasks.value + this.dropped;
    if (counted === this.#countedSaid) return;
    this.#countedSaid = counted;
    this.context.warn(`${this.name}: ${this.dropped} records were dropped, ${this.lost} offsets were gone, in all.`);
  }
}
