import { defineJob, seconds } from '@millrace/core';
import { isAuction, isPerson } from '../generator/events.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import type { NewUserRow } from './rows.ts';

const WINDOW = seconds(10);

/** q8: who registered and sold something in the same 10 s. */
export default defineJob({ name: 'nexmark-q8', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const sellers = events
    .filter(isAuction)
    .map(({ seller, dateTime }) => [seller, dateTime - (dateTime % WINDOW.milliseconds)])
    .reduceByKeyAndWindow((startTime) => startTime, WINDOW, WINDOW);
  const output = events
    .filter(isPerson)
    .map(({ id, name }) => [id, name])
    .window(WINDOW, WINDOW)
    .join(sellers)
    .map(([id, [name, startTime]]): NewUserRow => ({ id, name, startTime }));
  return { queue, output };
});
