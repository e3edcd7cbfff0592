import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { jarFolder } from './cache.ts';
import { find } from './install.ts';
import { type Artifact, installJars, javaWith } from './maven.ts';
import { freePorts } from './ports.ts';
import type { Command, Service } from './service.ts';

const VERSION = '4.3.1';
const LOG4J = '2.25.5';
const ARTIFACTS: readonly Artifact[] = [
  `org.apache.kafka:kafka_2.13:${VERSION}`,
  `org.apache.logging.log4j:log4j-slf4j-impl:${LOG4J}`,
  `org.apache.logging.log4j:log4j-core:${LOG4J}`,
  `org.apache.logging.log4j:log4j-1.2-api:${LOG4J}`,
];
const jars = jarFolder('kafka', VERSION);

/** Who may connect where a password is asked for. It guards nothing but tests. */
export const KAFKA_USER = { username: 'alice', password: 'alice-secret' } as const;

/** Ports of a broker, all on 127.0.0.1. */
interface Ports {
  readonly plain: number;
  readonly tls: number;
  readonly sasl: number;
  readonly controller: number;
}

/**
 * A Kafka broker of one process (KRaft): `port` is open to all, `tls` encrypts, `sasl` encrypts and asks for a password
 * (PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512). `ca` is the file with the certificate that vouches for it.
 */
export const kafka: Service = {
  name: 'kafka',
  purpose: 'a Kafka broker for sources and sinks',
  program: () => javaWith(jars),
  install: () => installJars(jars, ARTIFACTS),
  server: {
    command: (_program, folder) => kafkaCommand(folder),
    ready: kafkaFacts,
  },
};

/** What the users of a broker must know; null until it takes connections. @param folder that of `kafkaCommand` */
export async function kafkaFacts(folder: string) {
  const { plain, tls, sasl } = JSON.parse(readFileSync(join(folder, 'ports.json'), 'utf8')) as Ports;
  if (!(await accepts(plain))) return null;
  return { host: '127.0.0.1', port: plain, tls, sasl, ca: join(folder, 'cert.pem'), ...KAFKA_USER };
}

/**
 * How to run a broker with its data in a folder, which are made if they are not there: the same folder again is the same
 * broker, at the same ports.
 */
export function kafkaCommand(folder: string): Command {
  mkdirSync(folder, { recursive: true });
  const properties = join(folder, 'server.properties');
  if (!existsSync(properties)) {
    const [plain, tls, sasl, controller] = freePorts(4) as [number, number, number, number];
    const ports: Ports = { plain, tls, sasl, controller };
    writeFileSync(join(folder, 'ports.json'), JSON.stringify(ports));
    makeCertificate(folder);
    writeFileSync(join(folder, 'log4j2.properties'), LOGGING);
    writeFileSync(`${properties}.new`, brokerProperties(folder, ports));
    format(folder, `${properties}.new`);
    writeFileSync(properties, readFileSync(`${properties}.new`));
  }
  const logging = `-Dlog4j2.configurationFile=${join(folder, 'log4j2.properties')}`;
  return {
    args: ['-Xmx768m', '-Djava.net.preferIPv4Stack=true', logging, '-cp', classpath(), 'kafka.Kafka', properties],
  };
}

const classpath = () => join(jars, '*');

function format(folder: string, properties: string): void {
  const java = find('java');
  if (java === null) throw new Error('there is no java');
  const tool = (...args: string[]) => {
    const logging = `-Dlog4j2.configurationFile=${join(folder, 'log4j2.properties')}`;
    const jvm = ['-XX:TieredStopAtLevel=1', logging, '-cp', classpath(), 'kafka.tools.StorageTool'];
    const { status, stdout, stderr } = spawnSync(java, [...jvm, ...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`Kafka could not format its data: ${(stderr || stdout).trim()}`);
    return stdout;
  };
  const id = tool('random-uuid').trim().split('\n').at(-1) as string;
  const user = `[name=${KAFKA_USER.username},password=${KAFKA_USER.password}]`;
  const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => ['--add-scram', `${mechanism}=${user}`]);
  tool('format', '-t', id, '-c', properties, ...scram);
}

/** A key and a certificate that signs itself, which the broker wants in one file and clients in another. */
function makeCertificate(folder: string): void {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost';
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=localhost'];
  const { status, stderr } = spawnSync('openssl', [...made, '-addext', names, '-keyout', key, '-out', cert], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`openssl could not make a certificate: ${stderr.trim().split('\n').at(-1)}`);
  writeFileSync(join(folder, 'server.pem'), readFileSync(key, 'utf8') + readFileSync(cert, 'utf8'));
}

/** Small, quick to start, and quick to notice that it was killed: one broker that nobody waits for longer than needed. */
function brokerProperties(folder: string, { plain, tls, sasl, controller }: Ports): string {
  const at = (name: string, port: number) => `${name}://127.0.0.1:${port}`;
  const clients = [at('PLAINTEXT', plain), at('SSL', tls), at('SASL_SSL', sasl)].join(',');
  const login = 'org.apache.kafka.common.security';
  const { username, password } = KAFKA_USER;
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=${clients},${at('CONTROLLER', controller)}
advertised.listeners=${clients}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL
inter.broker.listener.name=PLAINTEXT
log.dirs=${join(folder, 'data')}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.cleaner.dedupe.buffer.size=2097152
log.cleaner.backoff.ms=500
log.retention.check.interval.ms=500
log.initial.task.delay.ms=500
auto.create.topics.enable=false
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
ssl.keystore.type=PEM
ssl.keystore.location=${join(folder, 'server.pem')}
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=${login}.plain.PlainLoginModule required user_${username}="${password}";
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=${login}.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=${login}.scram.ScramLoginModule required;
`;
}

const LOGGING = `status=error
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d %p %m (%c)%n
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
`;

/** Whether somebody takes connections at a port. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
