import { error } from '@millrace/core/connector';
import type { IsolationLevel, KafkaPort } from '@millrace/kafka';
import { countOf, type KafkaRange, partitionName } from './offset-range.ts';
import { type PartitionEnd, type RateLimits, untilOffsets } from './rate-limit.ts';
import type { OnDataLoss } from './read-range.ts';
import { beginnings, type StartingOffsets } from './starting-offsets.ts';
import { type ConsumerStrategy, type FoundPartition, findPartitions, mayMean } from './strategy.ts';

/** What one batch reads. Plain data: a checkpoint keeps it. */
export interface BatchPlan {
  readonly ranges: readonly KafkaRange[];
  /** Records behind each range, as far as they were there when it was planned. */
  readonly lag: readonly number[];
  /** Offsets between the batch before and this one that were not there any more. */
  readonly lost: number;
}

/** A partition, and where its next range begins. Plain data. */
export interface Position extends FoundPartition {
  readonly offset: number;
}

/** How batches are planned. */
export interface PlanSettings {
  /** The stream's name, for errors. */
  readonly stream: string;
  readonly strategy: ConsumerStrategy;
  readonly startingOffsets: StartingOffsets;
  readonly group: string | null;
  readonly isolation: IsolationLevel;
  readonly onDataLoss: OnDataLoss;
  /** Asked for each batch. */
  readonly limits: () => RateLimits;
  /** Told of what goes on by a policy, in words. */
  readonly warn: (message: string) => void;
}

/** Plans which offsets each batch reads: from where the one before ended, until what is there, within the limits. */
export class BatchPlans {
  readonly #settings: PlanSettings;
  readonly #positions = new Map<string, Position>();
  #begun = false;
  /** Whether topics that the pattern means and nobody has read may have been there before: it was another one, or none. */
  #patternIsNew = false;

  constructor(settings: PlanSettings) {
    this.#settings = settings;
  }

  /** Where the next batch begins, by partition. */
  get positions(): readonly Position[] {
    return [...this.#positions.values()];
  }

  /** The pattern of the topics, if they have one. */
  get pattern(): string | null {
    const { strategy } = this.#settings;
    return strategy.kind === 'subscribePattern' ? String(strategy.pattern) : null;
  }

  /** Goes on where a run before stood. @param pattern which that run had */
  restore(positions: readonly Position[], pattern: string | null): void {
    this.#begun = true;
    this.#patternIsNew = pattern !== this.pattern;
    for (const position of positions) this.#positions.set(partitionName(position), position);
  }

  /**
   * Finds where to begin, unless that is known from a run before: what is written from now on is read.
   * @throws like `next`
   */
  async begin(port: KafkaPort): Promise<void> {
    this.#go(await this.#found(port));
  }

  /**
   * The next batch. Where it fails, positions stay: the next one begins at the same offsets.
   * @throws KafkaFailure, MR_KAFKA_TOPIC_MISSING, MR_KAFKA_TOPIC_CHANGED, MR_KAFKA_OFFSETS_LOST
   */
  async next(port: KafkaPort): Promise<BatchPlan> {
    const { isolation, limits } = this.#settings;
    const { at, ends, lost } = await this.#present(port, await this.#found(port));
    const untils = untilOffsets(ends, limits());
    const ranges = at.map(
      ({ topic, topicId, partition, offset }, i): KafkaRange => ({
        source: 'kafka',
        topic,
        topicId,
        partition,
        fromOffset: offset,
        untilOffset: untils[i] as number,
        isolation,
      }),
    );
    this.#go(at.map((position, i) => ({ ...position, offset: untils[i] as number })));
    return { ranges, lag: ends.map(({ latest }, i) => Math.max(0, latest - (untils[i] as number))), lost };
  }

  #go(positions: readonly Position[]): void {
    this.#begun = true;
    this.#patternIsNew = false;
    for (const position of positions) this.#positions.set(partitionName(position), position);
  }

  /** The partitions of the strategy with their positions. */
  async #found(port: KafkaPort): Promise<Position[]> {
    const { stream, strategy, startingOffsets, group, isolation, warn } = this.#settings;
    const { partitions, missing } = await findPartitions(port, strategy);
    if (missing.length > 0) throw error('MR_KAFKA_TOPIC_MISSING', { stream, what: missing[0] as string });
    const here = new Set(partitions.map(partitionName));
    for (const [name, { topic, partition, topicId }] of this.#positions) {
      const now = partitions.find((found) => found.topic === topic);
      if (now !== undefined && now.topicId !== topicId) throw error('MR_KAFKA_TOPIC_CHANGED', { stream, topic });
      // A partition of a topic that is there never goes away by itself (R167).
      if (!here.has(name) && this.#isWanted(topic))
        throw error('MR_KAFKA_TOPIC_MISSING', { stream, what: `partition ${partition} of the topic ${topic}` });
    }
    const fresh = partitions.filter((found) => !this.#positions.has(partitionName(found)));
    const how = { startingOffsets, group, isolation, late: this.#isLate };
    const begin = fresh.length === 0 ? [] : await beginnings(port, fresh, how);
    if (this.#begun && fresh.length > 0)
      warn(`${stream} reads ${fresh.map(partitionName).join(', ')} as well from now on.`);
    const begins = new Map(fresh.map((found, i) => [partitionName(found), begin[i] as number]));
    return partitions.map((found): Position => {
      const name = partitionName(found);
      return this.#positions.get(name) ?? { ...found, offset: begins.get(name) as number };
    });
  }

  /**
   * Whether a partition has come while the job ran, or was down: it was added to a topic that is read, or its topic was made. A
   * topic that the program has only now begun to name is as old as any.
   */
  #isLate = ({ topic }: FoundPartition): boolean => {
    const { kind } = this.#settings.strategy;
    if (!this.#begun || kind === 'assign') return false;
    const isRead = [...this.#positions.values()].some((position) => position.topic === topic);
    return isRead || (kind === 'subscribePattern' && !this.#patternIsNew);
  };

  /** Whether the strategy, as the program has it now, still means all of a topic of which there is a position. */
  #isWanted(topic: string): boolean {
    const { strategy } = this.#settings;
    return strategy.kind !== 'assign' && mayMean(strategy, topic);
  }

  /**
   * Of positions behind the end those whose records are there and are not shown: of transactions that are open, where a run before
   * has read them as well.
   */
  async #hidden(port: KafkaPort, positions: readonly Position[]): Promise<ReadonlySet<Position>> {
    if (positions.length === 0 || this.#settings.isolation === 'read_uncommitted') return new Set();
    const questions = positions.map(({ topic, partition }) => ({ topic, partition, at: 'latest' as const }));
    const ends = await port.offsets(questions, 'read_uncommitted');
    return new Set(positions.filter(({ offset }, i) => offset <= (ends[i] as number)));
  }

  /** Positions, moved by the policy where Kafka has not got what comes next, and the ends of the partitions. */
  async #present(
    port: KafkaPort,
    positions: readonly Position[],
  ): Promise<{ readonly at: readonly Position[]; readonly ends: readonly PartitionEnd[]; readonly lost: number }> {
    const { stream, isolation, onDataLoss, warn } = this.#settings;
    const questions = positions.flatMap(({ topic, partition }) => [
      { topic, partition, at: 'earliest' as const },
      { topic, partition, at: 'latest' as const },
    ]);
    const bounds = await port.offsets(questions, isolation);
    const hidden = await this.#hidden(
      port,
      positions.filter(({ offset }, i) => offset > (bounds[2 * i + 1] as number)),
    );
    let lost = 0;
    const at = positions.map((position, i): Position => {
      const [earliest, latest] = [bounds[2 * i] as number, bounds[2 * i + 1] as number];
      const { topic, partition, offset } = position;
      if (offset >= earliest && (offset <= latest || hidden.has(position))) return position;
      if (onDataLoss === 'fail')
        throw error('MR_KAFKA_OFFSETS_LOST', { stream, topic, partition, wanted: offset, earliest, latest });
      const next = onDataLoss === 'latest' ? latest : earliest;
      if (offset > latest) {
        warn(
          `${stream}: ${partitionName(position)} ends at ${latest}, before the offset ${offset} that was to come: its log was cut, and ` +
            `which of its records were read nobody can say. By onDataLoss '${onDataLoss}' it goes on at ${next}.`,
        );
        return { ...position, offset: next };
      }
      lost += next - offset;
      warn(
        `${stream}: ${next - offset} offsets of ${partitionName(position)} from ${offset} on are gone; it goes on at ${next}.`,
      );
      return { ...position, offset: next };
    });
    const ends = at.map(({ topic, partition, offset }, i) => ({
      topic,
      partition,
      current: offset,
      latest: bounds[2 * i + 1] as number,
    }));
    return { at, ends, lost };
  }
}

/** Records of a plan, as far as offsets say. */
export const plannedRecords = ({ ranges }: BatchPlan): number => ranges.reduce((sum, range) => sum + countOf(range), 0);
