import { registerCases, sourceConformance } from '@millrace/core/testing';
import { describe, it } from 'vitest';
import { type BodyFormat, type HttpInputDStream, httpStream } from './index.ts';

const bodies: Readonly<Record<BodyFormat, readonly [type: string, write: (records: readonly unknown[]) => string]>> = {
  json: ['application/json', (records) => JSON.stringify(records)],
  ndjson: ['application/x-ndjson', (records) => records.map((record) => JSON.stringify(record)).join('\n')],
  text: ['text/plain', (records) => records.join('\r\n')],
};

for (const format of ['json', 'ndjson', 'text'] as const) {
  registerCases(
    `httpStream of ${format}`,
    sourceConformance<unknown>(() => {
      let stream: HttpInputDStream<unknown> | null = null;
      return {
        make(ssc) {
          const made = httpStream(ssc, { port: 0 });
          stream ??= made;
          return made;
        },
        async feed(records) {
          const { url } = await stream!.listening;
          const [type, write] = bodies[format];
          const response = await fetch(url, {
            method: 'POST',
            body: write(records),
            headers: { 'content-type': type },
          });
          if (response.status !== 202) throw new Error(`refused with ${response.status}`);
          await response.arrayBuffer();
        },
        record: (i) => (format === 'text' ? `line ${i} €` : { id: i }),
      };
    }),
    { describe, it },
  );
}
