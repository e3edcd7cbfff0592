import { withPort } from '../kafka/broker.ts';

/*
 * A process that writes records to a topic at a steady rate, whatever comes of them (open loop): node kafka-load.ts TOPIC
 * PARTITIONS RATE. Every record bears the time at which it was to be sent; what is late is sent at once.
 */
const [topic = '', partitionsText, rateText] = process.argv.slice(2);
const partitions = Number(partitionsText);
const rate = Number(rateText);
const TICK_MS = 5;
const KEYS = 100;

process.on('disconnect', () => process.exit());
await withPort(async (port) => {
  const producer = await port.producer({ compression: 'none', transactionTimeoutMs: 10_000 });
  const began = Date.now();
  let sent = 0;
  let sending = false;
  process.send?.({ port: 0 });
  const tick = async () => {
    if (sending) return;
    sending = true;
    try {
      for (let due = dueBy(Date.now()); sent < due; due = dueBy(Date.now())) {
        const records = Array.from({ length: Math.min(due - sent, 5000) }, (_, i) => {
          const n = sent + i;
          const key = `key${n % KEYS}`;
          const timestamp = began + (n * 1000) / rate;
          const value = Buffer.from(String(timestamp).padEnd(100 - key.length));
          return {
            topic,
            partition: n % partitions,
            key: Buffer.from(key),
            value,
            headers: [],
            timestamp: Math.round(timestamp),
          };
        });
        sent += records.length;
        await producer.send(records);
      }
    } finally {
      sending = false;
    }
  };
  const dueBy = (now: number) => Math.floor(((now - began) * rate) / 1000);
  setInterval(() => void tick().catch(() => process.exit(1)), TICK_MS);
  await new Promise(() => {});
});
