import { KafkaFailure } from './failure.ts';
import type { KafkaSasl } from './port.ts';

/**
 * The password for a connection that is being made.
 * @throws KafkaFailure `again` where the function that gives it fails, since what keeps secrets may be away as brokers may; `refused`
 * where it gives no text
 */
export async function passwordOf(given: KafkaSasl['password']): Promise<string> {
  let password: unknown = given;
  try {
    if (typeof given === 'function') password = await given();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new KafkaFailure('again', `the function for the password failed: ${reason}`, { cause });
  }
  if (typeof password !== 'string') throw new KafkaFailure('refused', 'the function for the password gave no text');
  return password;
}
