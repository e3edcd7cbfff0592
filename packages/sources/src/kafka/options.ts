import type { Duration, Named } from '@millrace/core';
import { checkOptionNames, checkWhole, durationMs, error } from '@millrace/core/connector';
import {
  bytesSerde,
  type CheckedKafka,
  checkKafkaConnection,
  checkSerde,
  type IsolationLevel,
  KAFKA_CONNECTION_OPTIONS,
  type KafkaConnection,
  type Serde,
  type TopicPartition,
} from '@millrace/kafka';
import type { OnBadRecord } from './kafka-record.ts';
import type { OnDataLoss } from './read-range.ts';
import { checkStartingOffsets, type StartingOffsets } from './starting-offsets.ts';
import { type ConsumerStrategy, checkStrategy } from './strategy.ts';

/** How fixed ranges are read and decoded: options of all that reads from Kafka. */
export interface KafkaReadOptions<K, V> extends KafkaConnection {
  /** How keys are decoded; as bytes unless given. */
  readonly key?: Serde<K>;
  /** How values are decoded; as bytes unless given. */
  readonly value?: Serde<V>;
  /** Whether records of transactions that are not committed are seen; `read_committed` unless given, other than in Spark. */
  readonly isolation?: IsolationLevel;
  /** Most bytes that one fetch of a partition brings, and about as many are unpacked at a time: a task holds two of them. 1 MiB unless given. */
  readonly maxPartitionFetchBytes?: number;
  /** How long brokers may be away before a batch fails; 1 minute unless given. A number is milliseconds. */
  readonly retryFor?: Duration | number;
}

/** Options of `createDirectStream`. */
export interface DirectStreamOptions<K, V> extends KafkaReadOptions<K, V>, Named {
  /** What becomes of a record that cannot be decoded: its batch fails (default), or it is dropped and counted. */
  readonly onBadRecord?: OnBadRecord;
  /**
   * What becomes of offsets that Kafka has not got any more when they are to be read, because retention was faster, or a broker lost
   * them: `fail` (default) says which, `earliest` goes on with the first that is there, `latest` with what comes. What is
   * skipped is counted.
   */
  readonly onDataLoss?: OnDataLoss;
  /** Which partitions are read. */
  readonly strategy: ConsumerStrategy;
  /** Where to begin where neither a checkpoint nor the group knows; `latest` unless given. */
  readonly startingOffsets?: StartingOffsets;
  /** The group whose offsets say where to begin without a checkpoint, and get a copy of the job's. The stream does not join it. */
  readonly group?: string;
  /**
   * When the group gets a copy: `after-batch` (default), when the batch has succeeded, or `manual`, by `commitAsync` alone.
   */
  readonly commit?: 'after-batch' | 'manual';
  /** Most records per second of a partition, or a function that says so; 0, and nothing given, are no limit. */
  readonly maxRatePerPartition?: number | ((partition: TopicPartition) => number);
  /** Records of a batch that a partition gets at least, whatever its rate; 1 unless given. */
  readonly minRatePerPartition?: number | ((partition: TopicPartition) => number);
}

const READ_OPTIONS = [
  ...KAFKA_CONNECTION_OPTIONS,
  'key',
  'value',
  'isolation',
  'maxPartitionFetchBytes',
  'retryFor',
] as const satisfies readonly (keyof KafkaReadOptions<never, never>)[];

/** Names of the options of `createRDD` beside its ranges. */
export const RDD_OPTIONS: readonly string[] = READ_OPTIONS;

/** Names of the options of `createDirectStream`. */
export const DIRECT_OPTIONS: readonly (keyof DirectStreamOptions<never, never>)[] = [
  ...READ_OPTIONS,
  'onBadRecord',
  'onDataLoss',
  'name',
  'strategy',
  'startingOffsets',
  'group',
  'commit',
  'maxRatePerPartition',
  'minRatePerPartition',
];

/** Checked options of all that reads. */
export interface CheckedReading<K, V> {
  readonly kafka: CheckedKafka;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  readonly isolation: IsolationLevel;
  readonly maxBytes: number;
  readonly retryForMs: number;
}

/** An int32 of the protocol. */
const MOST_BYTES = 2 ** 31 - 1;

/** @throws MR_OPTION, MR_DURATION */
export function checkReading<K, V>(owner: string, options: KafkaReadOptions<K, V>): CheckedReading<K, V> {
  const { key, value, isolation = 'read_committed', maxPartitionFetchBytes = 2 ** 20 } = options;
  const maxBytes = `${owner}: maxPartitionFetchBytes`;
  if (checkWhole(maxBytes, maxPartitionFetchBytes, 1) > MOST_BYTES)
    throw error('MR_OPTION', {
      option: maxBytes,
      value: maxPartitionFetchBytes,
      rule: `must be at most ${MOST_BYTES}, which is as far as Kafka's requests go`,
    });
  return {
    kafka: checkKafkaConnection(owner, options),
    key: checkSerde(`${owner}: key`, key ?? (bytesSerde() as unknown as Serde<K>)),
    value: checkSerde(`${owner}: value`, value ?? (bytesSerde() as unknown as Serde<V>)),
    isolation: oneOf(`${owner}: isolation`, isolation, ['read_committed', 'read_uncommitted']),
    maxBytes: maxPartitionFetchBytes,
    retryForMs: durationMs(options.retryFor ?? 60_000, `${owner}: retryFor`),
  };
}

/** @throws MR_OPTION */
export function checkOnBadRecord(owner: string, onBadRecord: OnBadRecord = 'fail'): OnBadRecord {
  return oneOf(`${owner}: onBadRecord`, onBadRecord, ['fail', 'drop']);
}

/** Checked options of `createDirectStream`. */
export interface CheckedDirect {
  readonly onBadRecord: OnBadRecord;
  readonly onDataLoss: OnDataLoss;
  readonly strategy: ConsumerStrategy;
  readonly startingOffsets: StartingOffsets;
  readonly group: string | null;
  readonly commitAfterBatch: boolean;
  readonly maxRatePerPartition: (partition: TopicPartition) => number;
  readonly minRatePerPartition: (partition: TopicPartition) => number;
}

/** @throws MR_OPTION */
export function checkDirect(owner: string, options: DirectStreamOptions<never, never>): CheckedDirect {
  checkOptionNames(owner, options, DIRECT_OPTIONS);
  const { strategy, startingOffsets = 'latest', group, commit = 'after-batch' } = options;
  const { onDataLoss = 'fail' } = options;
  if (group !== undefined && (typeof group !== 'string' || group === ''))
    throw error('MR_OPTION', { option: `${owner}: group`, value: group, rule: 'must be a text that is not empty' });
  oneOf(`${owner}: commit`, commit, ['after-batch', 'manual']);
  if (options.commit !== undefined && group === undefined)
    throw error('MR_OPTION', { option: `${owner}: commit`, value: commit, rule: 'needs a group' });
  const checked = checkStrategy(`${owner}: strategy`, strategy);
  return {
    onBadRecord: checkOnBadRecord(owner, options.onBadRecord),
    onDataLoss: oneOf(`${owner}: onDataLoss`, onDataLoss, ['fail', 'earliest', 'latest']),
    strategy: checked,
    startingOffsets: checkStartingOffsets(`${owner}: startingOffsets`, startingOffsets, checked),
    group: group ?? null,
    commitAfterBatch: group !== undefined && commit === 'after-batch',
    maxRatePerPartition: perPartition(`${owner}: maxRatePerPartition`, options.maxRatePerPartition ?? 0),
    minRatePerPartition: wholePerPartition(`${owner}: minRatePerPartition`, options.minRatePerPartition ?? 1),
  };
}

function perPartition(
  option: string,
  rate: number | ((partition: TopicPartition) => number),
): (partition: TopicPartition) => number {
  const check = (value: number): number => {
    if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value;
    throw error('MR_OPTION', { option, value, rule: 'must be a number of at least 0, or a function that gives one' });
  };
  if (typeof rate === 'function') return (partition) => check(rate(partition));
  check(rate);
  return () => rate;
}

/** Records of a batch: there are no parts of one. */
function wholePerPartition(
  option: string,
  rate: number | ((partition: TopicPartition) => number),
): (partition: TopicPartition) => number {
  if (typeof rate === 'function') return (partition) => checkWhole(option, rate(partition), 0);
  checkWhole(option, rate, 0);
  return () => rate;
}

function oneOf<T extends string>(option: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw error('MR_OPTION', { option, value, rule: `must be ${allowed.map((each) => `'${each}'`).join(' or ')}` });
}
