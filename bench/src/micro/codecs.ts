import { micro } from '@millrace/bench';
import { type Codec, columnsCodec, linesCodec, msgpackCodec } from '../../../packages/core/src/data/codec.ts';
import { lazily } from './lazily.ts';
import { COUNT, counted, events, ids, words } from './records.ts';

const WHERE = 'micro';
const cases: Readonly<Record<string, { readonly codec: Codec; readonly records: () => readonly unknown[] }>> = {
  'msgpack, texts': { codec: msgpackCodec, records: words },
  'msgpack, objects': { codec: msgpackCodec, records: events },
  'columns, text and number': { codec: columnsCodec, records: () => counted(words()) },
  'columns, two numbers': { codec: columnsCodec, records: () => counted(ids()) },
  lines: { codec: linesCodec, records: words },
};

function encodes({ codec, records }: (typeof cases)[string]): () => Uint8Array {
  const all = records();
  return () => codec.encode(all, WHERE);
}

function decodes({ codec, records }: (typeof cases)[string]): () => unknown[] {
  const bytes = codec.encode(records(), WHERE);
  return () => codec.decode(bytes);
}

/** By what is done: `encode …` and `decode …`. */
export const codecTasks: Readonly<Record<string, () => unknown>> = Object.fromEntries(
  Object.entries(cases).flatMap(([name, each]) => [
    [`encode ${name}`, lazily<unknown>(() => encodes(each))],
    [`decode ${name}`, lazily<unknown>(() => decodes(each))],
  ]),
);

/** Records to bytes and back: what a record costs that crosses a thread. */
export const codecsSuite = micro({
  id: 'micro-codecs',
  title: 'Codecs',
  about: `Blocks of ${COUNT.toLocaleString('en')} records.`,
  tasks: codecTasks,
  per: COUNT,
});
