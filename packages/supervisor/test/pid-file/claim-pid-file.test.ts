import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, utimesSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { claimPidFile, holdPidFile, releasePidFile } from '../../src/pid-file/claim-pid-file';
import { ownerPath, readPidFile } from '../../src/pid-file/read-pid-file';
import { bundleProgram, scratch } from '../programs/program';

const dir = scratch();
afterAll(dir.remove);
let count = 0;
const freshPath = (): string => join(dir.path, `${(count += 1)}`, 'run', 'web.pid');

/** A pid that no process has, because its process has ended and was waited for. */
async function deadPid(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('claiming a pid file', () => {
  it('makes the directory and writes the decimal pid and nothing else', () => {
    const path = freshPath();
    expect(claimPidFile(path)).toBe('missing');
    expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
    expect(readPidFile(path)).toMatchObject({ type: 'owned', pid: process.pid });
  });

  it('is refused while its process runs', () => {
    const path = freshPath();
    claimPidFile(path);
    expect(() => claimPidFile(path, 1)).toThrow(expect.objectContaining({ code: 'already_running' }));
    expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
  });

  it('replaces a dead process, and one whose number another process has by now', async () => {
    const path = freshPath();
    claimPidFile(path, await deadPid());
    expect(claimPidFile(path)).toBe('stale');
    writeFileSync(
      ownerPath(path),
      JSON.stringify({ ...JSON.parse(readFileSync(ownerPath(path), 'utf8')), startTime: '1' }),
    );
    expect(readPidFile(path)).toEqual({ type: 'stale', pid: process.pid });
    expect(claimPidFile(path)).toBe('stale');
  });

  it('sees pid reuse even without an owner file: a process that began after the file is another one', () => {
    const path = join(dir.path, 'foreign.pid');
    writeFileSync(path, `${process.pid}\n`);
    expect(readPidFile(path).type).toBe('owned');
    utimesSync(path, 1, 1);
    expect(readPidFile(path).type).toBe('stale');
  });

  it('takes over an empty file and reports it, but leaves alone a file that is not a pid file', () => {
    const path = join(dir.path, 'odd.pid');
    writeFileSync(path, '');
    expect(claimPidFile(path)).toBe('empty');
    for (const garbage of ['root:x:0:0', '-1', '0', '12 34', '99999999']) {
      writeFileSync(path, garbage);
      expect(() => claimPidFile(path)).toThrow(expect.objectContaining({ code: 'bad_pid_file' }));
      expect(readFileSync(path, 'utf8')).toBe(garbage);
    }
  });

  it('fails if the path is a directory', () => {
    const path = freshPath();
    mkdirSync(path, { recursive: true });
    const message = `${path} is a folder, not a regular file`;
    expect(() => claimPidFile(path)).toThrow(expect.objectContaining({ code: 'bad_pid_file', message }));
  });

  it('leaves a link as it is, and claims, reads and removes the file that it leads to', () => {
    const path = freshPath();
    mkdirSync(join(path, '..'), { recursive: true });
    symlinkSync('target.pid', path);
    const held = holdPidFile(path);
    expect(readlinkSync(path)).toBe('target.pid');
    expect(readFileSync(join(path, '../target.pid'), 'utf8')).toBe(`${process.pid}\n`);
    expect([readPidFile(path).type, readPidFile(join(path, '../target.pid')).type]).toEqual(['owned', 'owned']);
    rmSync(path);
    symlinkSync('elsewhere.pid', path);
    held.release();
    expect(readdirSync(join(path, '..'))).toEqual(['web.pid']);
  });

  it('is undone by its holder only', () => {
    const path = freshPath();
    expect(() => holdPidFile(path)).toThrow('ENOENT');
    mkdirSync(join(path, '..'), { recursive: true });
    const held = holdPidFile(path);
    expect(releasePidFile(path, 1)).toBe(false);
    held.release();
    expect(readdirSync(join(path, '..'))).toEqual([]);
    held.release();
    expect(existsSync(path)).toBe(false);
  });

  it('has exactly one winner among forty racers', async () => {
    const program = bundleProgram('claims-when-told', dir.path);
    const path = freshPath();
    const racers = Array.from({ length: 40 }, () =>
      spawn(process.execPath, ['--max-semi-space-size=1', program, path], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    await Promise.all(racers.map((racer) => once(racer.stdout, 'data')));
    const results = Promise.all(racers.map(async (racer) => String((await once(racer.stdout, 'data'))[0]).trim()));
    for (const racer of racers) racer.stdin.write('go');
    const said = await results;
    for (const racer of racers) racer.stdin.end();
    await Promise.all(racers.map((racer) => once(racer, 'exit')));
    expect(said.filter((word) => word === 'won')).toHaveLength(1);
    expect(said.filter((word) => word === 'already_running')).toHaveLength(39);
    expect(readPidFile(path)).toMatchObject({ pid: racers[said.indexOf('won')]?.pid });
  });
});

it('leaves a device alone: claimed as root in a view of its own, /dev/null stays one', () => {
  const program = bundleProgram('sipid', dir.path);
  const script = `mount -t tmpfs private "$1" && mknod "$1/null" c 1 3 && "$2" "$3" claim --pid $$ --pid-file "$1/null"
    echo "rc $?"; stat -c %F "$1/null"; ls "$1"`;
  const view = join(dir.path, 'device');
  mkdirSync(view);
  const { stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', view, process.execPath, program], {
    encoding: 'utf8',
  });
  if (/Operation not permitted|mknod|must be superuser/.test(stderr)) return; // only root can make a device
  expect(stdout).toBe('rc 1\ncharacter special file\nnull\n');
});
