import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { killByPidFile, readStat } from '@pinky/supervisor';
import { becomeUser, commandAs, resolveCredentials } from '../../src/daemonize/credentials';
import { launchDaemon } from '../../src/daemonize/launch-daemon';
import { bundleProgram, scratch } from '../programs/program';

const dir = scratch();
const program = bundleProgram('is-a-daemon', dir.path);
chmodSync(dir.path, 0o755);
const open = join(dir.path, 'open'); // a daemon of another user writes here
mkdirSync(open);
chmodSync(open, 0o777);
let count = 0;
const pidFiles: string[] = [];
afterAll(async () => {
  for (const path of pidFiles) await killByPidFile(path);
  dir.remove();
});

interface Started {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
  readonly pidFile: string;
  readonly notes: string;
}

function start(
  mode: string,
  { pidFile = join(open, `${(count += 1)}.pid`), as = [] as readonly string[] } = {},
): Started {
  const notes = join(open, `${(count += 1)}.json`);
  pidFiles.push(pidFile);
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, mode, pidFile, notes, ...as], {
    encoding: 'utf8',
    cwd: dir.path,
  });
  return {
    code: status,
    out: stdout.trim(),
    error: stderr.trim(),
    pidFile,
    notes,
  };
}
const read = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;

describe('a daemon', () => {
  it('has a session that it does not lead, no terminal or streams, no parent of ours, and its pid file', async () => {
    const { code, out, notes, pidFile } = start('runs');
    const facts = read(notes);
    expect([code, out, readFileSync(pidFile, 'utf8')]).toEqual([0, String(facts['pid']), `${String(facts['pid'])}\n`]);
    expect(facts).toMatchObject({ streams: ['/dev/null', '/dev/null', '/dev/null'], cwd: dir.path, hasMark: false });
    expect([facts['pid'], readStat(process.pid)?.session]).not.toContain(facts['session']);
    expect(facts['parent']).not.toBe(process.pid);
    expect(await killByPidFile(pidFile)).toBe('SIGTERM');
    expect(existsSync(pidFile)).toBe(false);
  });

  it('reports why it could not start, and leaves no process running', () => {
    expect(start('throws')).toMatchObject({ code: 11, error: 'init failure' });
    expect(start('dies')).toMatchObject({ code: 11, error: 'the daemon ended before it was ready' });
    expect(start('runs', { pidFile: join(dir.path, 'missing', 'pid') })).toMatchObject({
      code: 11,
      error: expect.stringContaining('ENOENT'),
    });
    expect(start('runs', { as: ['no_such_user'] })).toMatchObject({
      code: 11,
      error: "can't find user for no_such_user",
    });
  });

  it('is refused if its pid file names a running one', () => {
    const { pidFile, out } = start('runs');
    expect(start('runs', { pidFile })).toMatchObject({
      code: 11,
      error: expect.stringContaining(`claimed by process ${out}`),
    });
    expect(readFileSync(pidFile, 'utf8')).toBe(`${out}\n`);
  });

  it('is given up if it reports nothing for too long', async () => {
    await expect(launchDaemon({ command: ['sleep', '1'], timeoutMs: 50 })).rejects.toThrow('not ready within 50 ms');
  });
});

const whereRoot = process.getuid?.() === 0 ? describe : describe.skip;
whereRoot('a change of user', () => {
  it('takes the user\'s groups along, and the mask', () => {
    expect(read(start('runs', { as: ['nobody', '-', '23'] }).notes)).toMatchObject({
      uid: 65_534,
      gid: 65_534,
      groups: '65534',
      umask: 0o27,
    });
  });

  it('can change the group alone, or to another one than the user\'s own', () => {
    expect(read(start('runs', { as: ['-', 'nogroup'] }).notes)).toMatchObject({ uid: 0, gid: 65_534 });
    expect(read(start('runs', { as: ['nobody', 'root'] }).notes)).toMatchObject({
      uid: 65_534,
      gid: 0,
      groups: '65534',
    });
  });

  it('works for spawned programs too', () => {
    const { command, args } = commandAs(resolveCredentials({ user: 'nobody', umask: 0o77 }), 'sh', [
      '-c',
      'id -u; id -G; umask',
    ]);
    expect(spawnSync(command, args, { encoding: 'utf8' }).stdout).toBe('65534\n65534\n0077\n');
  });
});

describe('credentials', () => {
  it('are looked up by name or number, and refused if unknown', () => {
    expect(resolveCredentials({ user: 0 })).toEqual({ user: { name: 'root', uid: 0, gid: 0 }, gid: 0 });
    expect(resolveCredentials({ user: 'root', group: 'nogroup', umask: 0 })).toEqual({
      user: { name: 'root', uid: 0, gid: 0 },
      gid: 65_534,
      umask: 0,
    });
    expect(resolveCredentials({ user: null })).toEqual({});
    expect(() => resolveCredentials({ group: 'no_such_group' })).toThrow("can't find group for no_such_group");
    expect(() => resolveCredentials({ umask: 0o1000 })).toThrow('bad umask');
  });

  it('change nothing if none are given', () => {
    const before = [process.getuid?.(), process.getgid?.(), process.umask()];
    becomeUser({});
    expect([process.getuid?.(), process.getgid?.(), process.umask()]).toEqual(before);
    expect(commandAs({}, 'true', ['x'])).toEqual({ command: 'true', args: ['x'] });
  });
});
