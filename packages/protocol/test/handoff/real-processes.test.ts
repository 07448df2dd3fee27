import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { HandoffMaster, Peer, systemClock } from '../../src/index.js';
import { until } from '../../src/testing/index.js';

const program = join(__dirname, 'programs/plain-slave.mjs');
const slaves: ChildProcess[] = [];
let said: string[] = [];
let master: HandoffMaster;
let server: Server;

beforeEach(async () => {
  said = [];
  const own: HandoffMaster = new HandoffMaster({
    clock: systemClock,
    shards: 3,
    absentMs: 500,
    startSlave: () => void said.push('start'),
    onMigration: (outcome, because) => void said.push(`${outcome}: ${because}`),
  });
  master = own;
  server = createServer((socket) => new Peer(socket, {
    onMessage: (message, peer) => own.receive(message, peer),
    onClose: (peer) => own.closed(peer),
  })).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  master.stop();
  for (const slave of slaves.splice(0)) slave.kill('SIGKILL');
  server.close();
  await once(server, 'close');
});

function start(name: string, isRunning: boolean, env: NodeJS.ProcessEnv = {}): void {
  const { port } = server.address() as AddressInfo; // a TCP server has one
  const slave = spawn(process.execPath, [program, `${port}`, name, `${isRunning}`], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  slave.stdout.on('data', (text) => said.push(...String(text).trim().split('\n')));
  slaves.push(slave);
}

const hears = (line: string): Promise<unknown> => until(`${line} among ${said.join(', ')}`, () => said.includes(line));

describe('slaves that are processes of another program', () => {
  it('get all shards back where they stood if the new one is killed at shard 1', async () => {
    start('old', true);
    await until('the old slave', () => master.main);
    start('new', false, { DIES_AT: '1' });
    await hears('abandoned: the new slave is gone');
    await hears('old runs 0@95 1@96 2@2');
    expect(said).toContain('new runs 0@95');
    expect(master.state).toBe('idle');
  });

  it('move all shards with their states, and the old one shuts down before the new one starts the rest', async () => {
    start('old', true);
    await until('the old slave', () => master.main);
    start('new', false);
    await hears('moved: every shard was resumed');
    await until('the full start', () => said.filter((line) => line === 'new runs 0@95 1@96 2@97').length === 2);
    expect(said.filter((line) => line.includes('hears'))).toEqual([0, 1, 2].map((n) => `new hears {"players":${n}}`));
    expect(said.indexOf('old runs ')).toBeLessThan(said.lastIndexOf('new runs 0@95 1@96 2@97'));
  });

  it('displace the first one by a hello that says Running: it is told and closed, and forgotten', async () => {
    start('first', true);
    await until('the first slave', () => master.main);
    start('second', true);
    await hears('first is closed');
    expect(said.indexOf('first runs ')).toBeLessThan(said.indexOf('first is closed'));
    await hears('second runs 0@0 1@1 2@2');
    expect(said).not.toContain('start');
    slaves[1]?.kill('SIGKILL');
    await hears('start'); // nobody is there, so one is started
  });
});
