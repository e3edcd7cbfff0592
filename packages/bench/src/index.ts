/*
 * Benchmarks of Millrace jobs: define them, run them, compare and show what they found.
 */
export { type Bench, type BenchDefinition, defineBench } from './define-bench.ts';
export { FloorOutput, type Output, OutputDiffers } from './harness/compare.ts';
export { type Backends, DEFAULT_BACKENDS, LOOP_TITLE } from './harness/contenders.ts';
export { type Cost, CostMeter } from './harness/cost.ts';
export { type BenchStreams, type Delivery, Engine, type EngineOptions } from './harness/engine.ts';
export { type EngineEntry, engineContenders, type LoopEntry, loopContender } from './harness/engine-contenders.ts';
export { type Load, type LoadedBatch, type LoadRun, openLoop, type Trial } from './harness/open-loop.ts';
export {
  batchTimeRows,
  type Contender,
  type ContenderLaps,
  type Laps,
  perCoreRows,
  type RaceOptions,
  race,
  type Sink,
  type Subject,
  speedRatio,
  throughputRows,
} from './harness/race.ts';
export { type Bracket, highestRate, type SearchOptions } from './harness/search.ts';
export { StepClock } from './harness/step-clock.ts';
export { type Runner, type RunnerTurns, type Turns, takeTurns, turnRatio, turnRows } from './harness/turns.ts';
export type { WarmedUp } from './harness/warm-up.ts';
export { fileLines, generated, generatedLines, type Input } from './input.ts';
export type { LiveFeed, LiveInput } from './live/live-input.ts';
export { socketLines } from './live/socket-lines.ts';
export { sustainable, underLatency } from './measures/capacity.ts';
export { cost } from './measures/cost.ts';
export { type BurstOptions, bursts } from './measures/dynamics/bursts.ts';
export { type DriverKillOptions, driverKill } from './measures/dynamics/driver-kill.ts';
export type { WatchOptions } from './measures/dynamics/phases.ts';
export { type StragglerOptions, straggler } from './measures/dynamics/straggler.ts';
export { type WorkerKillOptions, workerKill } from './measures/dynamics/worker-kill.ts';
export { type LatencyOptions, latency } from './measures/latency.ts';
export type { Measure } from './measures/measure.ts';
export { type MicroOptions, micro } from './measures/micro.ts';
export { throughput } from './measures/throughput.ts';
export { comparisonMarkdown, comparisonText } from './report/comparison.ts';
export { htmlReport } from './report/html.ts';
export type { Machine } from './report/machine.ts';
export { markdownPage, markdownReport } from './report/markdown.ts';
export { type Report, type ReportedRatio, type ReportedSuite, SCHEMA } from './report/report.ts';
export { writeReport } from './report/write.ts';
export { type RunObserver, type RunOptions, runBench } from './run/run-bench.ts';
export type { Selection } from './run/select.ts';
export { type ComparedRow, type Comparison, compareReports, type Verdict } from './stats/compare.ts';
export { Drift } from './stats/drift.ts';
export { Latencies } from './stats/latencies.ts';
export { type Estimate, estimate, median, pairRatios, quantile, seededRandom } from './stats/stats.ts';
export {
  type Axis,
  type CellMap,
  type Choices,
  type HeatMap,
  type Line,
  passes,
  type RatioDefinition,
  type Row,
  type Series,
  type Suite,
  type SuiteContext,
  type SuiteResult,
} from './suite.ts';
export type { PlainWorkload, Workload } from './workload.ts';
