import { defineJob, milliseconds } from '@millrace/core';
import { Amount } from './amount.js';

export default defineJob({ name: 'word-count', batchInterval: milliseconds(50) }, (ssc) => {
  const lines = ssc.queueStream([['to be or not to be'], ['that is the question']]);
  const counts = lines
    .flatMap((line) => line.split(' '))
    .map((word): [string, number] => [word, Amount.One])
    .reduceByKey((a, b) => a + b);
  return { counts };
});
