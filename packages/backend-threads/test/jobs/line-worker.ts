import { setTimeout as sleep } from 'node:timers/promises';
import { LineServer } from '../../src/serve-line.ts';

/* A worker that does what its messages say, which are not those of the backend. */

let alone = true;

export default function serve({ port }: { port: ConstructorParameters<typeof LineServer>[0] }): void {
  new LineServer(port, async (message) => {
    const { type, of } = message as unknown as { type: string; of: number };
    if (!alone) throw new Error('two messages at once');
    alone = false;
    await sleep(of % 3);
    if (type === 'exit') process.exit(of);
    if (type === 'throw') throw new Error('thrown in the worker');
    if (type === 'later')
      setTimeout(() => {
        throw new Error('nobody waited');
      }, of);
    alone = true;
    return { type: 'ok', of, what: type === 'function' ? () => {} : null } as never;
  });
}
