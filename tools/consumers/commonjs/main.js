async function main() {
  const { single } = await import('@millrace/backend-single');
  const { threads } = await import('@millrace/backend-threads');
  const { loadJob } = await import('@millrace/core');
  const { pathToFileURL } = require('node:url');

  const backends = { single: single(), threads: threads({ workers: 2 }) };

  for (const [name, backend] of Object.entries(backends)) {
    const { ssc, streams } = await loadJob(pathToFileURL(require.resolve('./job.mjs')), { backend });
    const bothBatches = Promise.withResolvers();
    let batches = 0;
    streams.counts.foreachRDD(
      async (rdd) => {
        const counts = await rdd.collect();
        if (++batches > 2) return;
        console.log(`${name} ${batches}: ${words(counts)}`);
        if (batches === 2) bothBatches.resolve();
      },
      { name: 'print' },
    );
    await ssc.start();
    await bothBatches.promise;
    await ssc.stop();
  }
}

function words(counts) {
  return counts
    .map(([word, count]) => `${word}=${count}`)
    .sort()
    .join(' ');
}

main();
