import type { RatioDefinition } from '@millrace/bench';
import { skewRatios } from './suites/skew/index.ts';

/** All promised ratios, in the order of the report. */
export const ratios: readonly RatioDefinition[] = [
  {
    id: 'wordcount.single/loop',
    title: 'Word count by closures over lines in memory: speed of single over the hand-written loop',
    suite: 'wordcount-lines',
    direction: 'at least',
    bound: 0.8,
  },
  {
    id: 'wordcount.threads2/single',
    title: 'Word count from raw text: speed of threads(2) over single',
    suite: 'wordcount',
    direction: 'at least',
    bound: 1.5,
  },
  {
    id: 'cpu.threads2/single',
    title: '20 µs of work a record: speed of threads(2) over single',
    suite: 'cpu',
    direction: 'at least',
    bound: 1.8,
  },
  {
    id: 'window.single/loop',
    title: 'Sliding word count with inverse: speed of single over the hand-written loop',
    suite: 'window',
    direction: 'at least',
    bound: 0.75,
  },
  {
    id: 'state.map/engine',
    title: '10,000 of 1,000,000 keys: time of a bare Map over that of mapWithState on single',
    suite: 'state',
    direction: 'at least',
    bound: 0.5,
  },
  {
    id: 'empty.threads2/roundtrip',
    title: 'Two-stage batch on threads(2): its time in bare Piscina round trips',
    suite: 'empty',
    direction: 'at most',
    bound: 5,
  },
  {
    id: 'empty.single/roundtrip',
    title: 'Empty one-stage batch on single: its time in bare Piscina round trips',
    suite: 'empty',
    direction: 'at most',
    bound: 2,
  },
  {
    id: 'socket.count/net',
    title: 'Lines from a socket, counted: speed of single over a bare net client that counts newlines',
    suite: 'socket-count',
    direction: 'at least',
    bound: 0.6,
  },
  {
    id: 'files.threads2/single',
    title: 'Word count of byte ranges of a file: speed of threads(2) over single',
    suite: 'files',
    direction: 'at least',
    bound: 1.6,
  },
  {
    id: 'checkpoint.overhead',
    title: 'Word count with state on single: speed with a checkpoint over speed without one',
    suite: 'checkpoint',
    direction: 'at least',
    bound: 0.8,
  },
  {
    id: 'recovery.load',
    title:
      'A restart with state of many keys: time to the end of its first batch over that of a bare loop that reads the same store into a Map',
    suite: 'recovery',
    direction: 'at most',
    bound: 2,
  },
  {
    id: 'wal.append/fsync',
    title: 'Write-ahead log, blocks of 4 KiB: bytes a second over a bare loop that appends and syncs the same groups',
    suite: 'wal',
    direction: 'at least',
    bound: 0.6,
  },
  {
    id: 'kafka.read/raw',
    title:
      'Words of a Kafka topic: records a second of threads(2) over a bare loop of the same client that only counts',
    suite: 'kafka-read',
    direction: 'at least',
    bound: 0.7,
  },
  {
    id: 'kafka.exactly-once/at-least-once',
    title: 'From one Kafka topic to another on threads(2): speed of exactly once over at least once',
    suite: 'kafka-copy',
    direction: 'at least',
    bound: 0.7,
  },
  {
    id: 'latency.p99/interval',
    title: '100,000 lines of 100 bytes a second, batches of 20 ms: p99 of the slower backend over the interval',
    suite: 'words.latency-100000-20ms',
    direction: 'at most',
    bound: 2,
  },
  {
    id: 'nexmark.q*/oracle-loop',
    title: 'Nexmark on single: speed over the oracle loops, geometric mean of the queries',
    suite: 'nexmark',
    direction: 'at least',
    bound: 0.4,
  },
  ...skewRatios,
  {
    id: 'heap.10000/1000',
    title: 'Heap after 10,000 batches over heap after 1,000',
    suite: 'heap',
    direction: 'at most',
    bound: 1.05,
  },
];
