import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { installedPaths } from '@pinky/protocol';
import { installObstacles } from '../../src/install/able.js';
import { install } from '../../src/install/install.js';
import { isInstalled } from '../../src/install/installed.js';
import type { InstallTask } from '../../src/task/tasks.js';
import type { WorkContext } from '../../src/task/work-context.js';
import { tempDirs, writeFiles } from '../support/temp.js';
import { failsWith, testWork } from '../support/work.js';

const tempDir = tempDirs();
/** A jail needs root and bubblewrap. */
const onMachine = installObstacles().length === 0 ? describe : describe.skip;

interface Given {
  readonly digest?: string;
  readonly manifest?: object;
  readonly reserve?: InstallTask['reserve'];
}

interface Made {
  readonly servers: string;
  readonly working: string;
  readonly run: (script: string, more?: Partial<WorkContext> & Given) => Promise<unknown>;
}

/** A box with one server, and a way to install something for it. */
async function box(): Promise<Made> {
  const home = await tempDir();
  const servers = join(home, 'servers');
  const working = join(servers, 's1', 'working');
  mkdirSync(working, { recursive: true });
  const run: Made['run'] = async (script, { digest = 'd1', manifest = {}, reserve, ...work } = {}) => {
    const given = {
      name: 'g',
      version: '1',
      run: ['./game'],
      install: { script: 'install.sh' },
      schema: { word: { type: 'string', secret: true } },
      env: { WORD: '{settings.word}', WHERE: '{workingDir}' },
      ...manifest,
    };
    const funpackDir = await writeFiles(join(home, 'pack'), {
      'funpack.json': JSON.stringify(given),
      'install.sh': script,
    });
    const context = {
      serverId: 's1',
      port: 4_000,
      ram: { min: 1, max: 1 },
      settings: { word: 'hush-hush' },
      workingDir: working,
      sharedDir: join(home, 'shared'),
      datafile: join(home, 'datafile'),
      home: working,
    };
    const task: InstallTask = {
      type: 'install',
      funpackDir,
      digest,
      context,
      servers,
      hidden: [home, servers],
      ...(reserve && { reserve }),
    };
    return install(task, testWork(work));
  };
  return { servers, working, run };
}

const processesNamed = (mark: string): string => spawnSync('pgrep', ['-f', mark], { encoding: 'utf8' }).stdout.trim();

onMachine('an install script', () => {
  it('fills the folder of the server as root, once for each content of the funpack', async () => {
    const { servers, working, run } = await box();
    const script = 'echo "$WORD $WHERE $PORT" >/mnt/server/said; id -u >/home/container/uid; echo x $WORD; date +%N >n';
    const lines: string[] = [];
    expect(await run(script, { onLine: (line) => lines.push(line) })).toEqual({ ran: true });
    expect(readFileSync(join(working, 'said'), 'utf8')).toBe('hush-hush /mnt/server 4000\n');
    expect(readFileSync(join(working, 'uid'), 'utf8')).toBe('0\n');
    const paths = installedPaths(servers, 's1');
    expect([lines, readFileSync(paths.log, 'utf8')]).toEqual([['x ***'], 'x ***\n']);
    expect(isInstalled(paths, 'd1', working)).toBe(true);
    expect(isInstalled(paths, 'd2', working)).toBe(false);
    expect(readdirSync(paths.dir).sort()).toEqual(['files-d1', 'install.log', 'installed.json']);
  }, 60_000);

  it('needs no second run for a world that was moved, or restored without the files', async () => {
    const { servers, working, run } = await box();
    await run('date +%N >made; echo 1 >config');
    const made = readFileSync(join(working, 'made'), 'utf8');
    renameSync(working, `${working}.parked`);
    renameSync(`${working}.parked`, working);
    const paths = installedPaths(servers, 's1');
    expect(isInstalled(paths, 'd1', working)).toBe(true);
    renameSync(working, `${working}.parked`);
    await writeFiles(working, { world: 'w', config: 'mine' });
    expect(isInstalled(paths, 'd1', working)).toBe(false);
    expect(await run('exit 1')).toEqual({ ran: false });
    const now = ['made', 'config', 'world'].map((name) => readFileSync(join(working, name), 'utf8'));
    expect(now).toEqual([made, 'mine', 'w']);
  }, 60_000);

  it('replaces with a new version what nobody changed, and follows no link of a game', async () => {
    const { servers, working, run } = await box();
    await run('echo 1 >game; echo 1 >config; mkdir lib; echo 1 >lib/a; ln -s game link');
    writeFileSync(join(working, 'config'), 'mine');
    writeFileSync(join(working, 'world'), 'w');
    const second = 'echo 2 >game; echo 2 >config; echo 2 >world; ln -s config link';
    expect(await run(second, { digest: 'd2' })).toEqual({ ran: true });
    const now = ['game', 'config', 'world', 'link'].map((name) => readFileSync(join(working, name), 'utf8'));
    expect(now).toEqual(['2\n', 'mine', 'w', 'mine']);
    const kept = readdirSync(installedPaths(servers, 's1').dir).filter((name) => name.startsWith('files-'));
    expect(kept).toEqual(['files-d2']);
    const outside = await tempDir();
    symlinkSync(outside, join(working, 'plugins'));
    await run('mkdir plugins; echo x >plugins/evil', { digest: 'd3' }).catch(() => undefined);
    expect(readdirSync(outside)).toEqual([]);
  }, 60_000);

  it('gives the files to the owner of working/, and takes bits that give rights', async () => {
    const { working, run } = await box();
    spawnSync('chown', ['65541:65542', working]);
    await run('cp /bin/true game; chmod 6755 game; mkdir d; chown 33:33 d');
    const [game, dir] = ['game', 'd'].map((name) => lstatSync(join(working, name)));
    expect(game).toMatchObject({ uid: 65_541, gid: 65_542, mode: 0o100755 });
    expect(dir).toMatchObject({ uid: 65_541, gid: 65_542 });
  }, 60_000);

  it('leaves nothing when it fails, and begins anew', async () => {
    const { servers, working, run } = await box();
    await expect(run('echo half >half; echo "no way, $WORD"; exit 3')).rejects.toMatchObject({
      code: 'install_failed',
      message: expect.stringMatching(/exited with 3; its last line: no way, \*\*\*$/),
      remedy: expect.stringContaining(installedPaths(servers, 's1').log),
    });
    expect(readdirSync(working)).toEqual([]);
    expect(readdirSync(installedPaths(servers, 's1').dir)).toEqual(['install.log']);
    await expect(run('sleep 60', { manifest: { install: { script: 'install.sh', timeoutMs: 300 } } }))
      .rejects.toMatchObject({ code: 'install_failed', message: expect.stringContaining('took longer than 300 ms') });
    expect(await run('test ! -e half && echo done >whole')).toEqual({ ran: true });
    expect(readdirSync(working)).toEqual(['whole']);
  }, 60_000);

  it('goes on in the folder that it left, if the funpack says that it can', async () => {
    const { servers, working, run } = await box();
    const manifest = { install: { script: 'install.sh', resume: true } };
    const names = (): string[] => readdirSync(installedPaths(servers, 's1').dir).sort();
    const abort = new AbortController();
    const onLine = (line: string): void => { if (line === 'go') abort.abort(); };
    await expect(run('echo 1 >part; echo go; sleep 86404', { manifest, signal: abort.signal, onLine }))
      .rejects.toThrow(failsWith('cancelled'));
    expect(names()).toEqual(['begun-d1', 'install.log']);
    const remedy = expect.stringContaining(`goes on in ${installedPaths(servers, 's1').begun('d1')}: where`);
    await expect(run('test -e part && echo 2 >>part; exit 3', { manifest }))
      .rejects.toMatchObject({ code: 'install_failed', remedy });
    expect(await run('echo 3 >>part', { manifest })).toEqual({ ran: true });
    expect(readFileSync(join(working, 'part'), 'utf8')).toBe('1\n2\n3\n');
    expect(names()).toEqual(['files-d1', 'install.log', 'installed.json']);
  }, 60_000);

  it('leaves nothing for another content of the funpack to go on with, and nothing on a full disk', async () => {
    const { servers, working, run } = await box();
    const manifest = { install: { script: 'install.sh', resume: true } };
    const names = (): string[] => readdirSync(installedPaths(servers, 's1').dir).sort();
    await expect(run('echo 1 >part; exit 3', { manifest })).rejects.toThrow(failsWith('install_failed'));
    const reserve = { bytes: Number.MAX_SAFE_INTEGER };
    await expect(run('sleep 86405', { manifest, reserve, digest: 'd2' })).rejects.toThrow(failsWith('no_space'));
    expect(names()).toEqual(['install.log']);
    await expect(run('echo 1 >part; exit 3', { manifest })).rejects.toThrow(failsWith('install_failed'));
    expect(await run('echo new >new', { manifest, digest: 'd2' })).toEqual({ ran: true });
    expect([readdirSync(working), names()]).toEqual([['new'], ['files-d2', 'install.log', 'installed.json']]);
  }, 60_000);

  it('ends with everything that it started when it is cancelled', async () => {
    const { servers, run } = await box();
    const abort = new AbortController();
    const onLine = (line: string): void => { if (line === 'go') abort.abort(); };
    const script = 'setsid sleep 86401 & (trap "" TERM; sleep 86401) & sleep 0.2; echo go; wait';
    await expect(run(script, { signal: abort.signal, onLine })).rejects.toThrow(failsWith('cancelled'));
    expect(processesNamed('sleep 86401')).toBe('');
    expect(readdirSync(installedPaths(servers, 's1').dir)).toEqual(['install.log']);
  }, 60_000);

  it('changes nothing of the machine, reads no secret of it, and leaves nothing running', async () => {
    const { servers, working, run } = await box();
    const mark = join(await tempDir(), 'secret');
    writeFileSync(mark, 'of the box');
    const password = readFileSync('/etc/shadow', 'utf8').split('\n')[0]?.split(':')[1] ?? '';
    const script = `
exec 2>&1
for d in /etc /root /usr/bin; do echo bad >$d/pinky-bad; done; echo bad >/tmp/pinky-bad
useradd pinkybad && id pinkybad
setsid sleep 86402 >/dev/null 2>&1 &
{
cat /etc/shadow; cat ${mark}; ls ${servers} /root /home; cat /proc/1/root/etc/shadow; ls /proc/[0-9]*/root${servers}
cat /proc/sys/kernel/panic >/proc/sys/kernel/panic && echo WROTE; echo x >/proc/sysrq-trigger
mount -t tmpfs x /opt; umount /root; mknod d b 8 0
chroot / true; kill -9 -1; cat /proc/kcore | head -c 1; ls /sys /srv /boot; ls /dev
} >seen
rm -f /bin/ls
for i in 1 2 3 4 5 6 7 8; do (for j in $(seq 400); do sleep 86402 & done; wait) & done
sleep 1
: >ended
`;
    await run(script);
    const seen = readFileSync(join(working, 'seen'), 'utf8');
    expect(existsSync(join(working, 'ended'))).toBe(true);
    expect(['/etc', '/root', '/usr/bin', '/tmp'].filter((dir) => existsSync(join(dir, 'pinky-bad')))).toEqual([]);
    expect(existsSync('/bin/ls')).toBe(true);
    expect(readFileSync('/etc/passwd', 'utf8')).not.toContain('pinkybad');
    expect(seen).not.toContain('WROTE');
    expect(seen).toMatch(/^root:\*:/m);
    if (password.length > 3) expect(seen).not.toContain(password);
    expect(seen).not.toContain('of the box');
    expect(existsSync(join(working, 'd'))).toBe(false);
    expect(processesNamed('sleep 86402')).toBe('');
    if (process.env['SHOW']) console.log(seen, readFileSync(installedPaths(servers, 's1').log, 'utf8').slice(0, 2000));
  }, 120_000);

  it('is ended before it takes of the disk what is for running games', async () => {
    const { servers, run } = await box();
    const reserve = { bytes: Number.MAX_SAFE_INTEGER };
    await expect(run('sleep 86403', { reserve })).rejects.toThrow(failsWith('no_space'));
    expect(processesNamed('sleep 86403')).toBe('');
    expect(readdirSync(installedPaths(servers, 's1').dir)).toEqual(['install.log']);
  }, 60_000);

  it('brings the tools that the script needs, and refuses a game whose own programs are not there', async () => {
    const { run } = await box();
    const requires = [{ program: 'no-such-game', package: 'no-such-package' }];
    await expect(run('true', { manifest: { requires } })).rejects.toMatchObject({
      code: 'missing_program',
      message: expect.stringContaining('no-such-game (package no-such-package)'),
    });
    const install = { script: 'install.sh', shell: 'bash', requires: [{ program: 'bash', package: 'bash' }] };
    expect(await run('[[ a == a ]] && echo yes >said', { manifest: { install } })).toEqual({ ran: true });
    await expect(run('true', { digest: 'd2', manifest: { install: { script: 'gone.sh' } } }))
      .rejects.toThrow(failsWith('bad_funpack'));
  }, 60_000);
});
