import type { DStream } from '@millrace/core';

/** What a test reads of a batch. */
export type Shown = { readonly time: number; readonly records: readonly unknown[] };
export type Summary = { readonly time: number; readonly count: number; readonly sum: number };

/** Prints each batch that is not empty as a line of JSON. */
export function show(stream: DStream<number>, summary?: boolean): void;
export function show(stream: DStream<unknown>, summary?: false): void;
export function show(stream: DStream<any>, summary = false): void {
  stream.foreachRDD(async (rdd, time) => {
    const records = await rdd.collect();
    if (records.length === 0) return;
    const sum = () => records.reduce((a: number, b: number) => a + b, 0);
    const shown = summary ? { count: records.length, sum: sum() } : { records };
    console.log(JSON.stringify({ time: time.milliseconds, ...shown }));
  });
}
