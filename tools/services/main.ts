/*
 * Programs that are not of npm, for integration tests and examples.
 *
 *     npm run services -- status
 *     npm run services -- start [NAME…]     installs what is missing (as root, by apt-get) and starts it
 *     npm run services -- stop [NAME…]
 *
 * Without names: all. What runs, its ports and its log are in a folder of the system's temporary one, or MILLRACE_SERVICES.
 */
import { services } from './all.ts';
import { start, stop } from './control.ts';
import { folderOf, runningService } from './running.ts';
import type { Service } from './service.ts';

const [command = 'status', ...names] = process.argv.slice(2);
const commands: Readonly<Record<string, (service: Service) => Promise<string>>> = {
  async status(service) {
    const { variable } = service;
    const program = service.program();
    if (program === null) return 'not installed';
    if (service.server === undefined) return `installed: ${variable === undefined ? '' : `${variable}=`}${program}`;
    const running = runningService(service.name);
    if (running === null) return 'installed, not running';
    return `runs as process ${running.pid}, ${JSON.stringify(running.facts)}, ${folderOf(service.name)}`;
  },
  async start(service) {
    await start(service);
    return commands['status']!(service);
  },
  async stop(service) {
    if (service.server === undefined) return 'nothing to stop';
    return (await stop(service)) ? 'stopped' : 'it did not run';
  },
};

const unknown = names.find((name) => !services.some((service) => service.name === name));
const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
if (run === undefined || unknown !== undefined) {
  console.error(unknown === undefined ? `services: unknown command ${command}` : `services: unknown name ${unknown}`);
  console.error(`usage: npm run services -- start|stop|status [${services.map((s) => s.name).join('|')} …]`);
  process.exit(2);
}
for (const service of services) {
  if (names.length > 0 && !names.includes(service.name)) continue;
  try {
    console.log(`${service.name} (${service.purpose}): ${await run(service)}`);
  } catch (e) {
    console.error(`${service.name}: ${(e as Error).message}`);
    process.exitCode = 1;
  }
}
