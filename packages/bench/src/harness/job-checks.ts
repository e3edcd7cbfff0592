/** What is wrong with a job that a bench cannot use. */

/** @throws Error where the job's builder does not give what a bench needs of it */
export function checkStreams(job: URL, streams: { readonly output?: unknown } | undefined): void {
  if (streams?.output !== undefined) return;
  throw new Error(`the builder of ${job} gives no output: a bench needs it to return { queue, output }, or { output }`);
}

/** For a job that was to get records from a bench and gives no queue for them. */
export function noQueue(job: URL): Error {
  return new Error(
    `the builder of ${job} gives no queue: records are put into the one that it returns; a job with a source of its own takes a live input`,
  );
}

/** For a job that stopped before the bench stopped it. */
export function endedByItself(job: URL): Error {
  return new Error(`the job of ${job} ended by itself: what is measured has to run until the bench stops it`);
}
