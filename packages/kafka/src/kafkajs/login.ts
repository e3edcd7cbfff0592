import type { KafkaConfig } from 'kafkajs';
import { passwordOf } from '../password.ts';
import type { KafkaSasl } from '../port.ts';

/** What kafkajs gives to whoever logs in at a broker, and what it gets. */
interface Authenticator {
  authenticate(): Promise<void>;
}
type Provider = (about: object) => Authenticator;
type BuiltIn = (credentials: { readonly username: string; readonly password: string }) => Provider;

/** Its own ways to log in, by mechanism. */
const BUILT_IN = {
  plain: 'kafkajs/src/broker/saslAuthenticator/plain.js',
  'scram-sha-256': 'kafkajs/src/broker/saslAuthenticator/scram256.js',
  'scram-sha-512': 'kafkajs/src/broker/saslAuthenticator/scram512.js',
} as const satisfies Record<KafkaSasl['mechanism'], string>;

/**
 * Logs in with the password that is right when a connection is made: kafkajs itself would keep the first one, and a job that runs for
 * weeks could not connect again once it was changed.
 *
 * @param secrets what must not be shown is added
 */
export async function loggingIn(
  { mechanism, username, password: given }: KafkaSasl,
  secrets: string[],
): Promise<KafkaConfig['sasl']> {
  const { default: builtIn } = (await import(BUILT_IN[mechanism])) as { readonly default: BuiltIn };
  return {
    mechanism,
    authenticationProvider: (about) => ({
      async authenticate() {
        const password = await passwordOf(given);
        if (!secrets.includes(password)) secrets.push(password);
        await builtIn({ username, password })(about).authenticate();
      },
    }),
  };
}
