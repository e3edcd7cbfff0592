import type { Contender } from '@millrace/bench';
import type { Counts, Peer } from './peer.ts';
import { checkSignature, type Signature } from './signature.ts';
import type { Shape } from './words.ts';

const drop = () => {};

/**
 * A peer as a contender of a race. Its first run, whose output the race compares with the floor's batch by batch, must also end with
 * the signature.
 */
export function peerContender(peer: Peer, words: readonly string[], shape: Shape, signature: Signature): Contender {
  const { id, title } = peer;
  // As much as the jobs of other suites begin with.
  const lead = words.slice(0, Math.ceil(words.length / shape.batch / 4) * shape.batch);
  return {
    id,
    title,
    async open() {
      const program = await peer.start(shape);
      let checked = false;
      return {
        async leadIn() {
          await program.run(lead, drop);
          await program.empty?.();
        },
        async run(sink) {
          if (checked) return program.run(words, sink);
          let last: Counts = [];
          await program.run(words, (counts) => {
            last = counts;
            sink(counts);
          });
          checkSignature(title, last, signature);
          checked = true;
        },
        close: async () => program.close?.(),
      };
    },
  };
}
