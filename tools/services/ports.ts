import { spawnSync } from 'node:child_process';

/** Ports of 127.0.0.1 that nobody listens on, all different. */
export function freePorts(n: number): number[] {
  const source = `
    const servers = Array.from({ length: ${n} }, () => require('node:net').createServer().listen(0, '127.0.0.1'));
    Promise.all(servers.map((s) => new Promise((done) => s.once('listening', done)))).then(() => {
      console.log(JSON.stringify(servers.map((s) => s.address().port)));
      for (const s of servers) s.close();
    });`;
  return JSON.parse(spawnSync(process.execPath, ['--eval', source], { encoding: 'utf8' }).stdout) as number[];
}
