import { loadPackage } from '@millrace/core/connector';
import { clusterOf, type EncoderClass, type KafkaJs } from './internals.ts';

type Library = typeof import('kafkajs');

/** Where the class of its request queues is. */
const QUEUE = 'kafkajs/src/network/requestQueue/index.js';
const ENCODER = 'kafkajs/src/protocol/encoder.js';

/**
 * The package `kafkajs`, which only those install who use it.
 * @throws MR_MISSING_PACKAGE
 */
export async function loadKafkaJs(load: () => Promise<Library> = () => import('kafkajs')): Promise<KafkaJs> {
  const library = await loadPackage('Kafka', 'kafkajs', load);
  const { default: Encoder } = (await import(ENCODER)) as { default: EncoderClass };
  calm(((await import(QUEUE)) as { default: QueueClass }).default);
  const { Kafka } = (library as unknown as { default?: Library }).default ?? library;
  return { library, Encoder, cluster: clusterOf, kafka: (config) => new Kafka(config) };
}

interface Queue {
  pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

type QueueClass = { readonly prototype: Queue & { calmed?: true } };

/**
 * Its queues look for waiting requests every millisecond, also when there are none, and Node warns of the negative time
 * that they give it (tulios/kafkajs#1751). They are to look only when something waits.
 */
function calm({ prototype }: QueueClass): void {
  if (prototype.calmed) return;
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.calmed = true;
  prototype.scheduleCheckPendingRequests = function (this: Queue) {
    if (this.pending.length > 0) schedule.call(this);
  };
}
