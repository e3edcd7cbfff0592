import { totalmem } from 'node:os';
import { join } from 'node:path';
import { SOURCES } from './classes.ts';

/** What a Java program is started with. */
export interface JavaOptions {
  /** Name of the class whose `main` runs. */
  readonly main: string;
  /** Cores that Spark may use: `local[cores]`, and so many partitions. */
  readonly cores: number;
  /** Settings of Spark besides, or instead of, those that all programs have. */
  readonly settings?: Readonly<Record<string, string>>;
}

const MIB = 2 ** 20;
const MOST_HEAP = 6 * 1024 * MIB;
/** Three programs on Spark, Node, and room for files in memory: so that all fit, none has more than one of so many shares. */
const SHARES = 5;

/**
 * The heap of a program, in MiB.
 * @param memory of the machine, in bytes
 * @param limit that this process has, in bytes; 0 for none
 */
export function heapOf(memory: number, limit: number): number {
  const there = limit > 0 ? Math.min(memory, limit) : memory;
  return Math.floor(Math.min(MOST_HEAP, there / SHARES) / MIB);
}

/** What Spark's own launcher opens (`JavaModuleOptions`). */
const OPENED = [
  'java.base/java.lang',
  'java.base/java.lang.invoke',
  'java.base/java.lang.reflect',
  'java.base/java.io',
  'java.base/java.net',
  'java.base/java.nio',
  'java.base/java.util',
  'java.base/java.util.concurrent',
  'java.base/java.util.concurrent.atomic',
  'java.base/jdk.internal.ref',
  'java.base/sun.nio.ch',
  'java.base/sun.nio.cs',
  'java.base/sun.security.action',
  'java.base/sun.util.calendar',
  'java.security.jgss/sun.security.krb5',
];

/**
 * Arguments of `java` for a program on Spark, with what is best for Spark on one machine: nothing shown, nothing logged, Kryo, no wait
 * for a nearer core, all files in the scratch folder.
 */
export function javaArguments(
  { main, cores, settings = {} }: JavaOptions,
  { jars, classes, scratch }: { readonly jars: string; readonly classes: string; readonly scratch: string },
): string[] {
  const heap = heapOf(totalmem(), process.constrainedMemory());
  const spark = {
    'spark.master': `local[${cores}]`,
    'spark.app.name': main,
    'spark.default.parallelism': String(cores),
    'spark.sql.shuffle.partitions': String(cores),
    'spark.ui.enabled': 'false',
    'spark.ui.showConsoleProgress': 'false',
    'spark.serializer': 'org.apache.spark.serializer.KryoSerializer',
    'spark.locality.wait': '0',
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.local.dir': scratch,
    ...settings,
  };
  return [
    '-XX:+IgnoreUnrecognizedVMOptions',
    '--add-modules=jdk.incubator.vector',
    ...OPENED.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
    '-Dio.netty.tryReflectionSetAccessible=true',
    '--sun-misc-unsafe-memory-access=allow',
    '--enable-native-access=ALL-UNNAMED',
    '-XX:+UseParallelGC',
    `-Xms${heap}m`,
    `-Xmx${heap}m`,
    `-Djava.io.tmpdir=${scratch}`,
    '-Djava.net.preferIPv4Stack=true',
    `-Dlog4j2.configurationFile=${join(SOURCES, 'log4j2.properties')}`,
    `-Dmillrace.scratch=${scratch}`,
    ...Object.entries(spark).map(([name, value]) => `-D${name}=${value}`),
    '-cp',
    [classes, join(jars, '*')].join(':'),
    main,
  ];
}
