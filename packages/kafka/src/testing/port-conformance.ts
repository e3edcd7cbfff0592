import type { ConformanceCase } from '@millrace/core/testing';
import type { KafkaClient, KafkaSettings } from '../port.ts';
import type { TestCluster } from './cluster.ts';
import { connecting } from './conformance/connecting.ts';
import { groups } from './conformance/groups.ts';
import { producing } from './conformance/producing.ts';
import { reading } from './conformance/reading.ts';
import { type Cases, casesOf } from './conformance/scene.ts';
import { topicsAndOffsets } from './conformance/topics.ts';

/** A client, and a cluster of real brokers that it talks to. */
export interface KafkaPortUnderTest {
  readonly client: KafkaClient;
  /** How to connect without a password. */
  readonly settings: KafkaSettings;
  /** Other ways to connect to the same cluster, by name: what of the settings is different. */
  readonly ways: Readonly<Record<string, Partial<KafkaSettings>>>;
  readonly cluster: TestCluster;
}

/**
 * The suite that every client passes, against real brokers. Its cases make topics and groups with names of their own, and remove
 * the topics.
 *
 * @param make tells how to reach the cluster, for each case
 * @example
 * ```ts
 * registerCases('my client', kafkaPortConformance(() => myKafka()), { describe, it });
 * ```
 */
export function kafkaPortConformance(make: () => KafkaPortUnderTest | Promise<KafkaPortUnderTest>): ConformanceCase[] {
  const parts: Record<string, Cases> = { topics: topicsAndOffsets, reading, producing, groups, connecting };
  return Object.entries(parts).flatMap(([part, cases]) =>
    casesOf(
      make,
      cases.map(([name, body]) => [`${part}: ${name}`, body]),
    ),
  );
}
