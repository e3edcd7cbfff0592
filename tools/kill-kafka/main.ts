import { parseArgs } from 'node:util';
import { KafkaBroker } from '../../test/integration/kit/kafka-broker.ts';
import { anySeed, oneOf, readCommandLine, wholeNumber } from '../command-line.ts';
import { kafka } from '../services/kafka.ts';
import { isPromised, killKafka } from './run.ts';

/*
 * A job that moves records from one topic of Kafka to another, exactly once, while its process, its workers or the broker is killed
 * with -9 at random moments:
 *
 *   npm run test:kill-kafka -- --runs 50 --seed 7 --backend threads --victim process --client kafkajs
 *
 * It starts a broker of its own; `npm run services -- start kafka` has brought its program here.
 */
const usage =
  'npm run test:kill-kafka -- [--runs N] [--seed S] [--backend single|threads] [--victim process|workers|broker] [--client kafkajs|platformatic]';
const { runs, seed, backends, victims, clients } = readCommandLine(usage, () => {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '50' },
      seed: { type: 'string' },
      backend: { type: 'string', multiple: true, default: ['single', 'threads'] },
      victim: { type: 'string', multiple: true, default: ['process', 'workers', 'broker'] },
      client: { type: 'string', multiple: true, default: ['kafkajs'] },
    },
  });
  return {
    runs: wholeNumber('runs', values.runs, 1),
    seed: values.seed === undefined ? anySeed() : wholeNumber('seed', values.seed, 0),
    backends: values.backend.map((name) => oneOf('backend', name, ['single', 'threads'])),
    victims: values.victim.map((name) => oneOf('victim', name, ['process', 'workers', 'broker'])),
    clients: values.client.map((name) => oneOf('client', name, ['kafkajs', 'platformatic'])),
  };
});
if (kafka.program() === null) {
  console.error('there is no broker here: `npm run services -- start kafka` brings it');
  process.exit(2);
}
const broker = await KafkaBroker.make();
let passed = 0;
let failed = 0;
try {
  for (const client of clients) {
    for (const backend of backends) {
      for (const victim of victims) {
        if (victim === 'workers' && backend === 'single') continue;
        console.log(`${client}, ${backend}, ${victim}, seed ${seed}`);
        const result = await killKafka({ backend, victim, client, runs, seed, broker, say: console.log });
        const { read, kills, lost, repeated, wrong } = result;
        console.log(
          `${kills} kills, ${read} records; ${lost.length} lost, ${repeated.length} repeated, ${wrong.length} wrong`,
        );
        if (isPromised(result)) passed += 1;
        else {
          failed += 1;
          console.log({ lost: lost.slice(0, 20), repeated: repeated.slice(0, 20), wrong: wrong.slice(0, 20) });
        }
      }
    }
  }
} finally {
  await broker.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
