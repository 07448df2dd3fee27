import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { root } from './real-box.js';

/** In process namespaces of their own, as containers have them. */
const unshare = [...(process.getuid?.() === 0 ? [] : ['--map-root-user']), '--pid', '--fork', '--mount-proc'];
const isAllowed = spawnSync('unshare', [...unshare, 'true']).status === 0;

/** Leaves children without a parent, which end by themselves. Then it says which processes are there, and waits. */
const program = `
const { spawn } = require('node:child_process');
const { readdirSync, readFileSync } = require('node:fs');
spawn('sh', ['-c', 'sleep 0.2 & sleep 0.3 & sleep 0.4 & echo left'], { stdio: 'ignore' });
setTimeout(() => {
  const states = readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).map((pid) => {
    try { return readFileSync('/proc/' + pid + '/stat', 'latin1').split(') ')[1][0]; } catch { return 'gone'; }
  });
  console.log(JSON.stringify({ zombies: states.filter((state) => state === 'Z').length, pid: process.pid,
    args: process.argv.slice(2) }));
}, 1_500);
setInterval(() => undefined, 1_000); // a listener of signals keeps no process alive
process.on('SIGTERM', () => process.exit(7));
process.on('SIGUSR2', () => console.log('reloaded'));
`;

describe('pinky as the first process of a container', () => {
  let dir: string;
  beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'pinky-init-')); });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const inContainer = isAllowed ? it : it.skip;
  inContainer('waits for whatever has lost its parent, passes signals on, and ends as pinky ends', async () => {
    const file = join(dir, 'program.js');
    writeFileSync(file, program);
    const init = join(root, 'packages/cli/bin/as-init.sh');
    const sourced = ['/bin/sh', '-c', '. "$1"', file, init];
    const outer = spawn('unshare', [...unshare, ...sourced], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    outer.stdout.on('data', (chunk: Buffer) => { said += chunk; });
    const ended = new Promise((resolve) => outer.once('close', resolve));
    await until('it has looked', () => said.includes('\n'));
    expect(JSON.parse(said)).toEqual({ zombies: 0, pid: expect.any(Number) as number, args: [init] });
    const first = Number(readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8'));
    process.kill(first, 'SIGUSR2');
    await until('it has heard USR2', () => said.includes('reloaded'));
    process.kill(first, 'SIGTERM');
    expect(await ended).toBe(7);
  });

  it('is an ordinary command elsewhere, by sh and by node', () => {
    const pinky = join(root, 'packages/cli/bin/pinky');
    const [bySh, byNode] = [spawnSync(pinky, ['--version']), spawnSync(process.execPath, [pinky, '--version'])];
    expect([bySh.status, String(bySh.stdout)]).toEqual([0, String(byNode.stdout)]);
  });
});
