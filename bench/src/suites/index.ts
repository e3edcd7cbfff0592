import type { Suite } from '@millrace/bench';
import { microSuites } from '../micro/index.ts';
import { computeAxisSuite } from './axes/compute.ts';
import { scaleSuites } from './axes/scale.ts';
import { checkpointSuite } from './checkpoint.ts';
import { cpuSuite } from './cpu.ts';
import { dynamicsSuites } from './dynamics.ts';
import { emptySuite } from './empty.ts';
import { filesSuite } from './files.ts';
import { flightSuites } from './flights.ts';
import { heapSuite } from './heap.ts';
import { kafkaCopySuite } from './kafka-copy.ts';
import { kafkaLatencySuite } from './kafka-latency.ts';
import { kafkaReadSuite } from './kafka-read.ts';
import { latenessSuite } from './lateness.ts';
import { mobyDickSuites } from './moby-dick.ts';
import { nexmarkSuite } from './nexmark.ts';
import { recoverySuite } from './recovery.ts';
import { skewSuites } from './skew/index.ts';
import { socketSuite } from './sockets.ts';
import { stateSuites } from './state.ts';
import { walSuite } from './wal.ts';
import { windowSuites } from './windows.ts';

/** All suites, in the order of the report. */
export const suites: readonly Suite[] = [
  ...mobyDickSuites,
  ...flightSuites,
  cpuSuite,
  emptySuite,
  ...windowSuites,
  ...stateSuites,
  socketSuite,
  filesSuite,
  checkpointSuite,
  recoverySuite,
  ...dynamicsSuites,
  walSuite,
  heapSuite,
  latenessSuite,
  kafkaReadSuite,
  kafkaCopySuite,
  kafkaLatencySuite,
  ...skewSuites,
  computeAxisSuite,
  ...scaleSuites,
  ...microSuites,
  nexmarkSuite,
];
