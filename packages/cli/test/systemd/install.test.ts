import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { unitFile } from '../../src/systemd/unit-file.js';
import { cli } from '../cli-run.js';

/** `systemd-analyze verify` is only there if systemd is installed. */
const withSystemd = ['/usr/bin/systemd-analyze', '/bin/systemd-analyze'].some((path) => existsSync(path))
  ? it
  : it.skip;

const parts = {
  unit: 'pinky',
  node: process.execPath,
  pinky: '/opt/pinky/bin/pinky',
  supervisor: '/opt/pinky/dist/box/main.js',
  home: '/var/lib/pinky',
  configFile: undefined,
  environmentFile: '/etc/default/pinky',
  user: undefined,
};
const lines = (text: string): string[] => text.split('\n');

describe('pinky install --systemd', () => {
  let dir: string;
  beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'pinky-unit-')); });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const install = (...more: string[]) =>
    cli(['install', '--systemd', '--to', dir, '--home', join(dir, 'home'), ...more]);

  it('writes a unit and a file for variables that only root may read, and says what is left to do', async () => {
    const { code, out } = await install();
    expect(code).toBe(0);
    expect(out).toContain('systemctl start pinky');
    expect(readFileSync(join(dir, 'pinky.service'), 'utf8')).toContain(`Environment=PINKY_HOME=${join(dir, 'home')}`);
    expect(statSync(join(dir, 'pinky.env')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(dir, 'pinky.env'), 'utf8')).toContain('#AWS_SECRET_KEY=');
  });

  it('keeps variables that were set, and writes the unit anew', async () => {
    writeFileSync(join(dir, 'pinky.env'), 'BACKUPS=/big/disk\n');
    writeFileSync(join(dir, 'pinky.service'), 'old');
    expect((await install()).out).toContain(`left ${join(dir, 'pinky.env')} as it is`);
    expect(readFileSync(join(dir, 'pinky.env'), 'utf8')).toBe('BACKUPS=/big/disk\n');
    expect(readFileSync(join(dir, 'pinky.service'), 'utf8')).not.toBe('old');
  });

  it('writes nothing on a dry run', async () => {
    const { out } = await install('--dry-run', '--unit', 'second', '--json');
    expect((JSON.parse(out) as { files: { path: string }[] }).files.map((file) => file.path)).toEqual([
      join(dir, 'second.service'),
      join(dir, 'second.env'),
    ]);
    expect(existsSync(join(dir, 'second.service'))).toBe(false);
  });

  it.each([
    [['install'], 'install what?'],
    [['install', '--systemd', '--user', 'nobody-of-this-name'], 'there is no user "nobody-of-this-name"'],
    [['install', '--systemd', '--user', '-x'], 'there is no user'],
    [['install', '--systemd', '--unit', '../x'], 'is not a name for a unit'],
  ])('refuses %j: %s', async (args, reason) => {
    expect(await cli([...args, '--dry-run'])).toMatchObject({ code: 2, err: expect.stringContaining(reason) });
  });

  it('stops no game on a restart, and all of them on a stop', () => {
    expect(lines(unitFile(parts))).toEqual(
      expect.arrayContaining([
        'KillMode=process',
        'KillSignal=SIGTERM',
        'RestartKillSignal=SIGINT',
        'OOMPolicy=continue',
        'Type=notify',
        'Restart=on-failure',
      ]),
    );
    expect(unitFile(parts)).not.toMatch(/^PrivateTmp=|^MemoryDenyWriteExecute=/m);
  });

  it('gives the games of a root box a slice of their own, and the way to their folders', () => {
    const forRoot = ['Wants=pinkygames.slice', 'After=pinkygames.slice', 'StateDirectoryMode=0711'];
    expect(lines(unitFile(parts))).toEqual(expect.arrayContaining(forRoot));
    const forUser = lines(unitFile({ ...parts, user: 'pinky' }));
    expect(forUser).toContain('StateDirectoryMode=0700');
    expect(forUser.filter((line) => line.includes('pinkygames'))).toEqual([]);
  });

  it('names the user, lets systemd make /var/lib/pinky, and quotes odd characters', () => {
    expect(lines(unitFile({ ...parts, user: 'pinky' }))).toEqual(
      expect.arrayContaining(['User=pinky', 'StateDirectory=pinky']),
    );
    const odd = unitFile({ ...parts, home: '/srv/100% "my" $games', configFile: '/etc/a b.yml' });
    expect(odd).toContain('Environment="PINKY_HOME=/srv/100%% \\"my\\" $games"');
    expect(odd).toContain('dist/box/main.js "/srv/100%% \\"my\\" $$games" ---');
    expect(odd).toContain('up --prepare --config "/etc/a b.yml"');
    expect(odd).not.toContain('StateDirectory');
  });

  withSystemd('writes a unit without any mistake for systemd-analyze, even with odd paths', async () => {
    const home = join(dir, 'a home of 100%');
    mkdirSync(home);
    await cli(['install', '--systemd', '--to', dir, '--home', home, '--user', userInfo().username]);
    const verify = (): string =>
      execFileSync('systemd-analyze', ['verify', join(dir, 'pinky.service')], { stdio: 'pipe', encoding: 'utf8' });
    expect(verify()).toBe('');
  });

  it('prepares what the unit starts: checks the configuration, writes effective.json, and starts nothing', async () => {
    const home = join(dir, 'home');
    expect(await cli(['up', '--prepare', '--home', home])).toMatchObject({
      code: 0,
      out: `box 1 is prepared in ${home}\n`,
    });
    expect(JSON.parse(readFileSync(join(home, 'effective.json'), 'utf8'))).toMatchObject({ home });
    writeFileSync(join(home, 'pinky.yml'), 'bogus: 1\n');
    expect(await cli(['up', '--prepare', '--home', home])).toMatchObject({ code: 2 });
  });
});
