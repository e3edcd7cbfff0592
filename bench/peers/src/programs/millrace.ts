import { single } from '@millrace/backend-single';
import { Engine } from '@millrace/bench';
import type { Peer } from '../peer.ts';

const JOB = new URL('./millrace.job.ts', import.meta.url);

/** Millrace on one thread. The aggregation and the window are the library's. */
export const millrace: Peer = {
  id: 'millrace',
  title: 'Millrace single',
  async start({ batch, window }) {
    const params = { batches: window };
    const engine = await Engine.open<string, [string, number], typeof params>({ job: JOB, backend: single(), params });
    return {
      async run(words, deliver) {
        for (let from = 0; from < words.length; from += batch) {
          const counts = await engine.batch(words.slice(from, from + batch));
          if (typeof counts !== 'number') deliver(counts);
        }
      },
      async empty() {
        for (let i = 0; i < window; i++) await engine.batch([]);
      },
      close: () => engine.close(),
    };
  },
};
