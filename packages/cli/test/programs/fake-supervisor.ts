import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { refreshConfig } from '@pinky/box/config';
import { boxPaths, Listener } from '@pinky/protocol';

/**
 * Stands where the box's supervisor would: answers on both sockets, logs, and leaves with exit code 0 on INT and TERM.
 */
async function main(): Promise<void> {
  const home = process.argv[2] ?? '';
  process.title = 'pinky: supervisor [box 1]';
  if (process.env['FAKE_FAILURE']) {
    console.error(process.env['FAKE_WORDS'] ?? `cannot start: ${process.env['FAKE_FAILURE']}`);
    process.exit(1);
  }
  const log = (event: string): void =>
    appendFileSync(
      join(boxPaths(home).logDir, 'supervisor.log'),
      `${JSON.stringify({ ts: new Date().toISOString(), level: 'info', event })}\n`,
    );
  const leave = (): void => {
    log('supervisor.left');
    process.exit(0);
  };
  for (const name of ['SIGUSR2', 'SIGHUP'] as const) process.on(name, () => log(`got.${name}`));
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => { log(`got.${name}`); leave(); });
  const tree = {
    box: '1',
    version: '0.1.0',
    pid: process.pid,
    since: Date.now(),
    children: [
      process.env['FAKE_QUEUE_FAILS'] ? failingQueue(home) : { role: 'queue', pid: process.pid },
      { role: 'worker', pid: process.pid, serverId: 's1' },
    ],
  };
  const supervisor = new Listener(boxPaths(home).supervisorSocket, { onRequest: async (method, params) => {
    log(`request.${method}`);
    if (method === 'reload') refreshConfig({ home, env: process.env });
    if (method === 'shutdown' && !process.env['FAKE_LINGERS']) setTimeout(leave, 20);
    return method === 'ps' ? tree : { params };
  } });
  const queue = new Listener(boxPaths(home).queueSocket, { onRequest: async () => [] });
  await supervisor.start();
  if (!process.env['FAKE_QUEUE_FAILS']) await queue.start();
  log('supervisor.ready');
}

const failingQueue = (home: string) => ({
  role: 'queue',
  state: 'backingOff',
  restarts: 3,
  failure: {
    times: 3,
    code: 'bad_option',
    message: 'junk in it',
    remedy: 'remove it',
    log: join(boxPaths(home).logDir, 'queue.log'),
  },
});

void main();
