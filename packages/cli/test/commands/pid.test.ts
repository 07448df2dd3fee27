import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { cli } from '../cli-run.js';

describe('pinky pid and wait-until-healthy', () => {
  let dir: string;
  let pidFile: string;
  const children: ChildProcess[] = [];
  let server: Server | undefined;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'pinky-pid-'));
    pidFile = join(dir, 'run', 'web.pid');
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    server?.close();
    server = undefined;
    rmSync(dir, { recursive: true, force: true });
  });

  const sleeper = (): ChildProcess => {
    const child = spawn('sleep', ['600'], { stdio: 'ignore' });
    children.push(child);
    return child;
  };
  const claim = (pid: unknown) => cli(['pid', 'claim', '--pid', String(pid), '--pid-file', pidFile]);
  const kill = (...more: string[]) => cli(['pid', 'kill', '--pid-file', pidFile, ...more]);

  it.each(['claim', 'kill'])('%s refuses an empty path, a folder and a pipe at once', async (command) => {
    const pid = command === 'claim' ? ['--pid', '1'] : [];
    const run = (path: string) => cli(['pid', command, ...pid, '--pid-file', path]);
    spawnSync('mkfifo', [join(dir, 'pipe')]);
    expect(await run('')).toMatchObject({ code: 2, err: expect.stringContaining('--pid-file is empty') });
    expect(await run(`${dir}/new/`)).toMatchObject({ code: 1, err: expect.stringContaining('names a folder') });
    expect(await run(join(dir, 'pipe'))).toMatchObject({ code: 1, err: expect.stringContaining('is a pipe') });
  });

  it('claims a pid file, makes its directory, and refuses a second claim while the owner runs', async () => {
    const { pid } = sleeper();
    expect(await claim(pid)).toMatchObject({ code: 0, out: `${pidFile} now names process ${pid}\n` });
    expect(readFileSync(pidFile, 'utf8')).toBe(`${pid}\n`);
    expect(await claim(process.pid)).toMatchObject({
      code: 1,
      err: expect.stringContaining(`already_running: ${pidFile} is claimed by process ${pid}`),
    });
  });

  it('takes a path relative to the current folder', async () => {
    expect(
      await cli(['pid', 'claim', '--pid', String(process.pid), '--pid-file', 'here.pid'], { cwd: dir }),
    ).toMatchObject({ code: 0 });
    expect(existsSync(join(dir, 'here.pid'))).toBe(true);
  });

  it('ends the process that the file names, removes the file, and does nothing the second time', async () => {
    const child = sleeper();
    await claim(child.pid);
    const gone = once(child, 'exit');
    expect(await kill()).toMatchObject({ code: 0, out: `process ${child.pid} ended by TERM\n` });
    expect((await gone)[1]).toBe('SIGTERM');
    expect(existsSync(pidFile)).toBe(false);
    expect(await kill('--show-stacks', '--json')).toMatchObject({
      code: 0,
      out: `${JSON.stringify({ pidFile, outcome: 'nothing' })}\n`,
    });
  });

  it('reports an empty pid file, and a file that is not one', async () => {
    writeFileSync(join(dir, 'a.pid'), '');
    expect(await cli(['pid', 'kill', '--pid-file', join(dir, 'a.pid')])).toMatchObject({
      code: 1,
      err: expect.stringContaining('bad_pid_file'),
    });
    writeFileSync(join(dir, 'b.pid'), 'not a pid');
    expect(await cli(['pid', 'claim', '--pid', '1', '--pid-file', join(dir, 'b.pid')])).toMatchObject({
      code: 1,
      err: expect.stringContaining('bad_pid_file'),
    });
  });

  it.each(['0', 'abc', '-5', '4194305', '1e3'])('refuses %s as a process id', async (pid) => {
    expect(await claim(pid)).toMatchObject({ code: 2 });
  });

  it('waits until an address answers 200', async () => {
    let asked = 0;
    server = createServer((_request, response) => {
      asked += 1;
      response.writeHead(asked < 3 ? 503 : 200).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`; // it listens on TCP
    expect(await cli(['wait-until-healthy', '--url', url, '--polling-frequency', '5ms'])).toMatchObject({
      code: 0,
      out: `${url} is healthy\n`,
    });
    expect(asked).toBe(3);
  });

  it('prints the last answer if the address stays ill, and a duration that it does not understand', async () => {
    expect(
      await cli([
        'wait-until-healthy',
        '--url',
        'http://127.0.0.1:1/',
        '--timeout',
        '1s', // a busy machine answers late
        '--polling-frequency',
        '10ms',
      ]),
    ).toMatchObject({ code: 4, err: expect.stringContaining('ECONNREFUSED') });
    expect(await cli(['wait-until-healthy', '--url', 'http://127.0.0.1:1/', '--timeout', 'soon'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('bad duration "soon"'),
    });
  });

  it.each([
    [['--url', 'nonsense'], '`--url`'],
    [['--url', 'http://127.0.0.1:1/', '--ca', '/no/file'], '`--ca`'],
    [['--url', 'http://127.0.0.1:1/', '--timeout', 'soon'], '`--timeout`'],
  ])('advises the flag, and not pinky.yml, which is not read: %j', async (flags, named) => {
    const { code, err } = await cli(['wait-until-healthy', ...flags]);
    expect([code, err]).toEqual([2, expect.stringContaining(named)]);
    expect(err).not.toContain('pinky.yml');
  });
});
