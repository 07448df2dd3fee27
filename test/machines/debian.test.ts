import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { assertBuilt, root } from '../box/real-box';
import { OtherMachine, whyNoOtherMachine } from './other-machine';

jest.setTimeout(600_000); // two packages of some thousand files each are made and installed

/** It takes minutes of processor, most of them in dpkg and lintian: those who change the package ask for it. */
const why = process.env['TEST_DEBIAN'] === undefined
  ? 'TEST_DEBIAN=yes asks for it'
  : whyNoOtherMachine(['dpkg-dev', 'nodejs', 'redis-server', 'lzop', 'adduser']);
if (why !== undefined) process.stderr.write(`the Debian package is not tested: ${why}\n`);
const hasLintian = spawnSync('which', ['lintian']).status === 0;

(why === undefined ? describe : describe.skip)('the Debian package', () => {
  const machine = new OtherMachine();
  let dir: string;
  const packages: string[] = [];
  /** The words of lintian, which reads for half a minute while the tests go on. */
  let linted: Promise<string>;
  beforeAll(async () => {
    assertBuilt();
    dir = mkdtempSync(join(tmpdir(), 'pinky-debian-'));
    for (const version of ['1.0.0', '1.1.0']) {
      const flags = ['--compress', 'gzip', '--version', version];
      const said = execFileSync(join(root, 'scripts/release/debian'), [dir, ...flags], { encoding: 'utf8' });
      packages.push(said.trim().split('\n').at(-1) ?? '');
    }
    if (hasLintian) linted = new Promise((resolve) => {
      execFile('lintian', ['--fail-on', 'error', packages[0] ?? ''], (_failed, said) => resolve(said));
    });
    await machine.start();
    machine.text('rm -f /var/lib/man-db/auto-update'); // an index of all pages, for which nobody asks here
  });
  afterAll(async () => {
    await machine.end();
    rmSync(dir, { recursive: true, force: true });
  });

  /** Runs a command as the user of the box in /var/lib/pinky. */
  const pinky = (line: string) => machine.run(
    `setpriv --reuid pinky --regid pinky --clear-groups env PINKY_HOME=/var/lib/pinky PINKY_API=no pinkyctl ${line}`,
  );
  const json = (line: string) => JSON.parse(pinky(`${line} --json`).said);
  const install = (at: number) => {
    const file = packages[at] ?? '';
    return machine.run(`dpkg -i ${machine.give(file, basename(file))}`);
  };
  const gamePid = (): number => json('ps').servers[0]?.pid;
  const versions = (): string => machine.text('ls /usr/lib/pinky');

  it('installs the command beside the one of coreutils, and runs a box and a game', () => {
    expect(install(0)).toMatchObject({ code: 0 });
    expect(machine.text('/usr/bin/pinky --version')).toContain('coreutils');
    expect(machine.text('pinkyctl --version')).toContain('1.0.0');
    expect(machine.text('stat -c "%U %a" /var/lib/pinky')).toBe('pinky 700');
    expect(machine.text('man -w pinkyctl')).toContain('pinkyctl.1.gz');
    expect(machine.text('systemd-analyze verify pinky.service')).toBe('');
    expect(pinky('up --daemonize')).toMatchObject({ code: 0 });
    expect(json('start first --funpack emberhollow')).toMatchObject({ state: 'up' });
    expect(json('ps')).toMatchObject({ version: '1.0.0', servers: [{ serverId: 'first', state: 'up' }] });
  });

  it('is upgraded while the game runs, and keeps the version before for as long as the game needs it', () => {
    const before = gamePid();
    const upgraded = install(1);
    expect(upgraded).toMatchObject({ code: 0, said: expect.stringContaining('1 game played on') });
    expect(json('ps')).toMatchObject({ version: '1.1.0', servers: [{ state: 'up', pid: before }] });
    expect(upgraded.said).toContain('/usr/lib/pinky/1.0.0 stays');
    expect(versions()).toBe('1.0.0\n1.1.0\ncurrent\nfiles');
    // A game that was started anew needs the version before no more, and the next upgrade removes it.
    expect(json('stop first')).toMatchObject({ state: 'down', backup: { kind: 'full' } });
    expect(json('start first')).toMatchObject({ state: 'up' });
    const pid = gamePid();
    expect(install(1)).toMatchObject({ code: 0 });
    expect(versions()).toBe('1.1.0\ncurrent\nfiles');
    expect(gamePid()).toBe(pid);
  });

  it('upgrades although pinky.yml has a mistake, and says so; the game and its box go on', () => {
    machine.text("echo 'bogus: 1' >/var/lib/pinky/pinky.yml");
    const pid = gamePid();
    expect(install(0)).toMatchObject({ code: 0, said: expect.stringMatching(/bogus[^]*still runs its old version/) });
    expect(json('ps')).toMatchObject({ version: '1.1.0', servers: [{ state: 'up', pid }] });
    machine.text('rm /var/lib/pinky/pinky.yml');
    expect(pinky('upgrade')).toMatchObject({ code: 0 });
    expect(json('ps')).toMatchObject({ version: '1.0.0', servers: [{ state: 'up', pid }] });
  });

  it('refuses to be removed while a game runs', () => {
    const refused = machine.run('dpkg --remove pinky');
    expect(refused.code).not.toBe(0);
    expect(refused.said).toMatch(/games run[^]*first \(pid \d+\) in \/var\/lib\/pinky\n.*pinkyctl stop/);
    expect(json('ps')).toMatchObject({ servers: [{ state: 'up' }] });
  });

  it('refuses the same where only the game is left of its box', () => {
    const { processes, servers } = json('ps');
    const pids = [...processes, servers[0].worker].map(({ pid }: { pid: number }) => pid);
    machine.text(`kill -KILL ${pids.join(' ')}`); // the supervisor is the first
    expect(machine.run('dpkg --remove pinky').said).toMatch(/games run/);
    expect(pinky('up --daemonize')).toMatchObject({ code: 0 });
    expect(json('stop first')).toMatchObject({ state: 'down' });
  });

  it('is removed with its box, and purged without its worlds and backups', () => {
    expect(machine.run('dpkg --remove pinky')).toMatchObject({ code: 0 });
    // A runner that looks after backups ends by itself.
    expect(machine.run("pgrep -af '^pinky: (supervisor|queue|api|worker)'").said).toBe('');
    expect(machine.run('ls /usr/lib/pinky /usr/bin/pinkyctl').code).not.toBe(0);
    const purged = machine.run('dpkg --purge pinky');
    expect(purged).toMatchObject({ code: 0, said: expect.stringMatching(/worlds stay in .*, backups in .*backups/) });
    expect(machine.text('ls -A /var/lib/pinky/backups/*')).toMatch(/first|\.tar/);
    expect(machine.run('ls /etc/default/pinky /var/lib/pinky/log').code).not.toBe(0);
  });

  (hasLintian ? it : it.skip)('has no error by lintian', async () => {
    expect((await linted).split('\n').filter((line) => line.startsWith('E:'))).toEqual([]);
  });
});
