import { defineJob, milliseconds, type State, StateSpec } from '@millrace/core';
import { httpStream } from '@millrace/sources/http';

/** How many words were posted so far; each is remembered. */
export default defineJob({ name: 'posted-words', batchInterval: milliseconds(100) }, (ssc) => {
  const posted = httpStream<string>(ssc, { port: 0, name: 'posted' });
  // State that grows, so that the store needs space, too.
  const seen = StateSpec.function((word: string, n: number | null, known: State<number>) => {
    known.update((known.getOption() ?? 0) + (n ?? 0));
    return word.length;
  });
  const lengths = posted.map((word) => [word, 1] as [string, number]).mapWithState(seen, { name: 'seen' });
  const total = posted
    .map((): [string, number] => ['all', 1])
    .updateStateByKey((ones: number[], sum: number | null) => (sum ?? 0) + ones.length, { name: 'total' });
  return { posted, lengths, total };
});
