/*
 * For writers of sources and sinks: what `@millrace/sources` and `@millrace/sinks` are made of besides the main entry.
 */
export { checkBoolean, checkOptionNames, checkWhole } from './api/check-options.ts';
export { splitRecords } from './api/input-dstream.ts';
export { formatRecord } from './api/print.ts';
export { checkReceiverOptions, RECEIVER_OPTIONS } from './api/receiver-input-dstream.ts';
export { durationMs } from './api/time.ts';
export { countLines } from './data/block.ts';
export { msgpackCodec } from './data/codec.ts';
export { decodeLines } from './data/lines.ts';
export { describe } from './errors/entry.ts';
export { type ErrorData, error, isMillraceError, toErrorData } from './errors/index.ts';
export { loadPackage } from './errors/load-package.ts';
export { seededRandom } from './lineage/builtins.ts';
export type { LogPosition } from './log/read-record.ts';
export { SegmentLog, type SegmentLogOptions } from './log/segment-log.ts';
export { addressText, checkListen, isLoopback, type ListenRules, listenOn } from './net/listen-rules.ts';
export { isLostConnection } from './net/lost-connection.ts';
export { checkedToken, sameToken, secretsOf, shownUrl, type TokenAuth, withoutSecrets } from './net/secrets.ts';
export { RateLimiter, type RateLimits } from './receiver/rate-limiter.ts';
export type { LoggedRange } from './receiver/received-log.ts';
export { checkRate } from './receiver/receiver-settings.ts';
export { letterChecksum } from './replay/letter.ts';
export { type BackoffMs, backoffMs, checkedBackoff } from './schedule/backoff.ts';
export { after, delay } from './schedule/delay.ts';
export { checkBackpressure } from './schedule/rate-controller.ts';
export { makeDirectories } from './system/make-directories.ts';
