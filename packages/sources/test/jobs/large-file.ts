import { single } from '@millrace/backend-single';
import { milliseconds, StreamingContext } from '@millrace/core';
import { fileStream } from '@millrace/sources/files';

/*
 * Reads the files of a directory with whatever memory this process was given, and prints how many lines there were and how
 * long they were together: node --max-old-space-size=… large-file.ts DIRECTORY
 */
const ssc = new StreamingContext(single(), milliseconds(100));
const lines = fileStream(ssc, process.argv[2]!, { newFilesOnly: false });
const sizes = lines
  .map((line) => [1, line.length] as readonly [number, number])
  .reduce(([a, b], [c, d]) => [a + c, b + d]);
const found = Promise.withResolvers<readonly [number, number]>();
sizes.foreachRDD(async (rdd) => {
  for (const sum of await rdd.collect()) found.resolve(sum);
});
await ssc.start();
ssc.awaitTermination().catch(found.reject);
console.log((await found.promise).join(' '));
await ssc.stop();
