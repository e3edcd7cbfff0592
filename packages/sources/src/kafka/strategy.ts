import { checkOptionNames, checkWhole, error } from '@millrace/core/connector';
import type { KafkaPort, TopicInfo, TopicPartition } from '@millrace/kafka';

/** Which partitions a stream reads: what `subscribe`, `subscribePattern` and `assign` make. Plain data. */
export type ConsumerStrategy =
  | { readonly kind: 'subscribe'; readonly topics: readonly string[] }
  | { readonly kind: 'subscribePattern'; readonly pattern: RegExp }
  | { readonly kind: 'assign'; readonly partitions: readonly TopicPartition[] };

/**
 * All partitions of some topics, those that are added while the job runs as well: Spark's `ConsumerStrategies.Subscribe`.
 *
 * @throws MR_OPTION
 * @example
 * ```ts
 * const strategy = subscribe('orders', 'refunds');
 * ```
 */
export function subscribe(...topics: readonly [string, ...string[]]): ConsumerStrategy {
  for (const topic of topics) checkTopic('subscribe: topics', topic);
  if (topics.length === 0)
    throw error('MR_OPTION', { option: 'subscribe: topics', value: topics, rule: 'must name one' });
  return { kind: 'subscribe', topics: [...new Set(topics)] };
}

/**
 * All partitions of the topics whose whole name matches, also of topics that are made while the job runs: Spark's
 * `SubscribePattern`. Kafka's internal topics never match.
 *
 * @throws MR_OPTION
 * @example
 * ```ts
 * const strategy = subscribePattern(/orders-[a-z]+/);
 * ```
 */
export function subscribePattern(pattern: RegExp): ConsumerStrategy {
  if (!(pattern instanceof RegExp))
    throw error('MR_OPTION', {
      option: 'subscribePattern: pattern',
      value: pattern,
      rule: 'must be a regular expression',
    });
  return { kind: 'subscribePattern', pattern };
}

/**
 * These partitions and no others: Spark's `Assign`.
 *
 * @throws MR_OPTION
 * @example
 * ```ts
 * const strategy = assign([{ topic: 'orders', partition: 0 }]);
 * ```
 */
export function assign(partitions: readonly TopicPartition[]): ConsumerStrategy {
  if (!Array.isArray(partitions) || partitions.length === 0)
    throw error('MR_OPTION', {
      option: 'assign: partitions',
      value: partitions,
      rule: 'must be a list that is not empty',
    });
  const seen = new Set<string>();
  for (const given of partitions) {
    checkOptionNames('assign: partitions', given, ['topic', 'partition']);
    checkTopic('assign: topic', given.topic);
    checkWhole('assign: partition', given.partition, 0);
    const name = `${given.topic}/${given.partition}`;
    if (seen.has(name))
      throw error('MR_OPTION', { option: 'assign: partitions', value: name, rule: 'must be there once' });
    seen.add(name);
  }
  return { kind: 'assign', partitions: partitions.map(({ topic, partition }) => ({ topic, partition })) };
}

/** Checks what a user gave. @throws MR_OPTION */
export function checkStrategy(option: string, strategy: ConsumerStrategy): ConsumerStrategy {
  switch (strategy?.kind) {
    case 'subscribe':
      if (Array.isArray(strategy.topics)) return subscribe(...(strategy.topics as [string]));
      break;
    case 'subscribePattern':
      return subscribePattern(strategy.pattern);
    case 'assign':
      return assign(strategy.partitions);
  }
  throw error('MR_OPTION', { option, value: strategy, rule: 'must be subscribe(…), subscribePattern(…) or assign(…)' });
}

function checkTopic(option: string, topic: string): void {
  if (typeof topic === 'string' && topic !== '') return;
  throw error('MR_OPTION', { option, value: topic, rule: 'must be the name of a topic' });
}

/** A partition that a stream reads, and which topic of its name is meant. */
export interface FoundPartition extends TopicPartition {
  readonly topicId: string;
}

/** What a strategy means now. */
export interface Found {
  /** By topic, as the strategy names them, and partition. */
  readonly partitions: readonly FoundPartition[];
  /** Topics and partitions that are named and are not there, in words. */
  readonly missing: readonly string[];
}

/** Whether a topic of this name is one of a strategy's. */
export function mayMean(strategy: ConsumerStrategy, topic: string): boolean {
  switch (strategy.kind) {
    case 'subscribe':
      return strategy.topics.includes(topic);
    case 'subscribePattern': {
      const { source, flags } = strategy.pattern;
      return new RegExp(`^(?:${source})$`, flags.replace(/[gy]/g, '')).test(topic);
    }
    case 'assign':
      return strategy.partitions.some((each) => each.topic === topic);
  }
}

/** Asks the brokers what a strategy means now. @throws KafkaFailure */
export async function findPartitions(port: KafkaPort, strategy: ConsumerStrategy): Promise<Found> {
  switch (strategy.kind) {
    case 'subscribe': {
      const byName = namesOf(await port.topics(strategy.topics));
      return {
        partitions: strategy.topics.flatMap((topic) => partitionsOf(byName.get(topic))),
        missing: strategy.topics.filter((topic) => !byName.has(topic)).map((topic) => `the topic ${topic}`),
      };
    }
    case 'subscribePattern': {
      const topics = (await port.topics('all')).filter(({ name, internal }) => !internal && mayMean(strategy, name));
      topics.sort((a, b) => (a.name < b.name ? -1 : 1));
      return { partitions: topics.flatMap(partitionsOf), missing: [] };
    }
    case 'assign': {
      const { partitions } = strategy;
      const byName = namesOf(await port.topics([...new Set(partitions.map(({ topic }) => topic))]));
      const found = (at: TopicPartition) => byName.get(at.topic)?.partitions.includes(at.partition) === true;
      return {
        partitions: partitions.filter(found).map((at) => ({ ...at, topicId: (byName.get(at.topic) as TopicInfo).id })),
        missing: partitions
          .filter((at) => !found(at))
          .map(({ topic, partition }) => `partition ${partition} of the topic ${topic}`),
      };
    }
  }
}

const namesOf = (topics: readonly TopicInfo[]) => new Map(topics.map((topic) => [topic.name, topic]));

function partitionsOf(topic: TopicInfo | undefined): FoundPartition[] {
  if (topic === undefined) return [];
  return topic.partitions.map((partition) => ({ topic: topic.name, topicId: topic.id, partition }));
}
