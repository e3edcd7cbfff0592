import { D2, MultiSet, map, output, reduce } from '@tanstack/db-ivm';
import type { Program } from './peer.ts';
import type { Shape } from './words.ts';

/**
 * A window by the incremental views of TanStack DB. It has no windows: the batch that leaves is retracted. The aggregation, and
 * finding out what has changed, is the library's; the changes are applied to a Map, from which the window is delivered.
 *
 * @param prepared what is sent of the words that come and go
 */
export function retractedWindow(
  { batch, window }: Shape,
  prepared: (changes: MultiSet<string>) => MultiSet<string>,
): Program {
  return {
    run(words, deliver) {
      const counts = new Map<string, number>();
      const graph = new D2();
      const input = graph.newInput<string>();
      input.pipe(
        map((word): [string, true] => [word, true]),
        reduce((values: [true, number][]): [number, number][] => {
          let n = 0;
          for (const [, multiplicity] of values) n += multiplicity;
          return n === 0 ? [] : [[n, 1]];
        }),
        output((changes) => {
          // What is new first: a word whose count has changed keeps its place in the Map, which is the faster way.
          const all = changes.getInner() as [[string, number], number][];
          for (const [[word, n], multiplicity] of all) if (multiplicity > 0) counts.set(word, n);
          for (const [[word, n], multiplicity] of all) {
            if (multiplicity < 0 && counts.get(word) === n) counts.delete(word);
          }
        }),
      );
      graph.finalize();
      for (let from = 0; from < words.length; from += batch) {
        const changes: [string, number][] = [];
        for (const word of words.slice(from, from + batch)) changes.push([word, 1]);
        const leaving = from - window * batch;
        if (leaving >= 0) for (const word of words.slice(leaving, leaving + batch)) changes.push([word, -1]);
        input.sendData(prepared(new MultiSet(changes)));
        graph.run();
        deliver([...counts]);
      }
    },
  };
}
