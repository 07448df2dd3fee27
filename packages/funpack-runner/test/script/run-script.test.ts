import { fork } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { LineCutter } from '../../src/script/lines.js';
import { runScript, type ScriptOptions } from '../../src/script/run-script.js';
import { tempDirs } from '../support/temp.js';
import { failsWith } from '../support/work.js';

const tempDir = tempDirs();
const run = (script: string, options: Partial<ScriptOptions> = {}): Promise<void> =>
  runScript('/bin/sh', ['-c', script], {
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '' },
    timeoutMs: 20_000,
    ...options,
  });
const pidIn = async (file: string): Promise<number> => Number(await readFile(file, 'utf8'));
const isGone = (pid: number): boolean =>
  !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');

describe('runScript', () => {
  it('passes on each line of its output', async () => {
    const lines: string[] = [];
    await run('echo one; echo two >&2; printf three', { onLine: (line, stream) => lines.push(`${stream} ${line}`) });
    expect(lines.sort()).toEqual(['stderr two', 'stdout one', 'stdout three']);
  });

  it('passes arguments and environment as they are', async () => {
    const lines: string[] = [];
    await runScript('/bin/sh', ['-c', 'echo "$1 $A $(pwd)"', 'sh', '$(x) "y"'], {
      cwd: '/tmp',
      env: { PATH: '/bin:/usr/bin', A: 'b c' },
      timeoutMs: 5_000,
      onLine: (line) => lines.push(line),
    });
    expect(lines).toEqual(['$(x) "y" b c /tmp']);
  });

  it.each([
    ['exit 3', /exited with 3; its last line: said/],
    ['kill -KILL $$', /was ended by SIGKILL/],
  ])('fails with the last lines if it does `%s`', async (ending, message) => {
    await expect(run(`echo said; ${ending}`, { code: 'bootstrap_failed' })).rejects.toMatchObject({
      code: 'bootstrap_failed',
      message: expect.stringMatching(message),
      details: { lines: ['said'] },
    });
  });

  it('names the error of a Node program, and not the version below its stack', async () => {
    const message = expect.stringMatching(/exited with 1; its last line: TypeError: no port is given$/);
    const program = `${process.execPath} -e 'throw new TypeError("no port is given")'`;
    await expect(run(program, { code: 'bootstrap_failed' })).rejects.toMatchObject({ message });
  });

  it('says that the program is missing', async () => {
    await expect(runScript('/no/such/program', [], { cwd: '/', env: {}, timeoutMs: 5_000 })).rejects.toEqual(
      failsWith('prepare_failed'),
    );
    await expect(run('true', { cwd: '/no/such/folder' })).rejects.toEqual(failsWith('prepare_failed'));
  });

  it('leaves nothing of its group behind when it ends well', async () => {
    const file = join(await tempDir(), 'pid');
    await run(`sleep 600 & echo $! > ${file}`);
    // A process that was killed takes a moment to go.
    await until('the process is gone', async () => isGone(await pidIn(file)));
  });

  it('kills its whole group when it takes too long, even one that ignores TERM', async () => {
    const file = join(await tempDir(), 'pid');
    await expect(
      run(`trap "" TERM; (trap "" TERM; sleep 600) & echo $! > ${file}; wait`, { timeoutMs: 100 }),
    ).rejects.toMatchObject({ message: expect.stringContaining('took longer than 100 ms') });
    await until('the process is gone', async () => isGone(await pidIn(file)));
  });

  it('ends when it is cancelled', async () => {
    const cancel = new AbortController();
    await expect(run('echo up; sleep 600', { signal: cancel.signal, onLine: () => cancel.abort() })).rejects.toEqual(
      failsWith('cancelled'),
    );
    await expect(run('true', { signal: cancel.signal })).rejects.toEqual(failsWith('cancelled'));
  });

  it('returns even if a process that left the group holds its output open', async () => {
    const file = join(await tempDir(), 'pid');
    await run(`setsid sh -c 'echo $$ > ${file}; exec sleep 600' & while [ ! -s ${file} ]; do sleep 0.01; done`);
    process.kill(await pidIn(file), 'SIGKILL');
  });

  it('dies with the process that runs it, even when that is killed', async () => {
    const dir = await tempDir();
    const file = join(dir, 'pid');
    const caller = join(dir, 'caller.cjs');
    const compiled = join(dirnameOf(3), 'dist', 'script', 'run-script.js');
    await writeFile(
      caller,
      `require(${JSON.stringify(compiled)}).runScript('/bin/sh', ['-c', 'trap "" TERM HUP; echo $$ > ${file}; sleep ` +
        `600; sleep 600'], { cwd: '/', env: { PATH: process.env.PATH }, timeoutMs: 600000 });`,
    );
    const child = fork(caller, { stdio: 'ignore' });
    await until('its pid', async () => existsSync(file) && (await readFile(file, 'utf8')).endsWith('\n'));
    const pid = await pidIn(file);
    expect(isGone(pid)).toBe(false);
    child.kill('SIGKILL');
    await until('the process is gone', () => isGone(pid));
  });
});

describe('LineCutter', () => {
  it('keeps characters whole across chunks, replaces bytes that are not UTF-8, and cuts endless lines', () => {
    const lines: string[] = [];
    const cutter = new LineCutter((line) => lines.push(line));
    const bytes = Buffer.from('größe\r\n');
    for (const byte of bytes) cutter.push(Buffer.from([byte]));
    cutter.push(Buffer.from([0xff, 0x0a]));
    for (let i = 0; i < 100; i++) cutter.push(Buffer.alloc(10_000, 'x'));
    cutter.push(Buffer.from('\nlast'));
    cutter.end();
    expect(lines.map((line) => line.slice(0, 10))).toEqual(['größe', '\ufffd', 'xxxxxxxxxx', 'last']);
    expect(lines[2]?.length).toBe(16_384);
  });
});

function dirnameOf(up: number): string {
  return join(__filename, ...Array.from({ length: up }, () => '..'));
}
