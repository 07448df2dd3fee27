import { execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { latestBackup } from '../../src/catalogue/list-backups.js';
import { runTask, type RunTaskOptions } from '../../src/task/run-task.js';
import { httpServer } from '../support/http-server.js';
import { titles } from '../support/titles.js';
import { programFunpack, tempDirs, writeFiles } from '../support/temp.js';
import { failsWith, roomy } from '../support/work.js';

const tempDir = tempDirs();
const packageDir = join(__dirname, '..', '..');
/** The compiled runner: run `npm run build` first. */
const program = join(packageDir, 'dist', 'runner.cjs');
const options = (more: Partial<RunTaskOptions> = {}): RunTaskOptions => ({ serverId: 's1', program, ...more });

async function world() {
  const dir = await tempDir();
  const workingDir = await writeFiles(join(dir, 'working'), {
    'world/map': Buffer.alloc(2_000_000, 'map '),
    'world/players': 'alice',
  });
  return {
    dir,
    workingDir,
    task: {
      type: 'backup' as const,
      serverId: 's1',
      workingDir,
      backupsDir: join(dir, 'backups'),
      keep: 2,
    },
  };
}

describe('runTask', () => {
  it('says what the machine lacks where no file can be opened for a runner, and loses no failure', async () => {
    const { task } = await world();
    const script = `
      const { openSync } = require('node:fs');
      const { runTask } = require(${JSON.stringify(join(packageDir, 'dist', 'task', 'run-task.js'))});
      try { for (;;) openSync('/dev/null'); } catch {}
      runTask(${JSON.stringify(task)}, { serverId: 's1', program: ${JSON.stringify(program)} })
        .catch(({ code }) => console.log(code));
    `;
    const answer = execFileSync('prlimit', ['--nofile=64', process.execPath, '--eval', script], { encoding: 'utf8' });
    expect(answer).toBe('no_processes\n');
  });

  it('backs up and restores in a process of its own, with progress', async () => {
    const { dir, workingDir, task } = await world();
    const labels = new Set<string>();
    const onProgress: NonNullable<RunTaskOptions['onProgress']> = ({ label }) => labels.add(label);
    const backup = await runTask(task, options({ onProgress }));
    expect(backup).toMatchObject({ files: 2, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const source = await latestBackup(task.backupsDir, 's1');
    const into = join(dir, 'restored', 'working');
    await runTask(
      {
        type: 'restore',
        source: { url: source?.url ?? '', sha256: backup.sha256 },
        into,
        limits: roomy,
        allowedHosts: [],
      },
      options({ onProgress }),
    );
    execFileSync('diff', ['-r', workingDir, into]);
    expect([...labels].sort()).toEqual(['backup', 'unpack', 'verify']);
  });

  it('finds its program by itself', async () => {
    const dir = await tempDir();
    const task = {
      type: 'restore' as const,
      source: { url: 'a-name' },
      into: join(dir, 'w'),
      limits: roomy,
      allowedHosts: [],
    };
    await expect(runTask(task, { serverId: 's1' })).rejects.toEqual(failsWith('bad_url'));
  });

  it('passes on the code of a failure', async () => {
    const dir = await tempDir();
    const task = {
      type: 'restore' as const,
      source: { url: '/nowhere/x.tar' },
      into: join(dir, 'w'),
      limits: roomy,
      allowedHosts: [],
    };
    await expect(runTask(task, options())).rejects.toEqual(failsWith('not_found'));
    await expect(runTask(task, options({ program: join(dir, 'missing.js') }))).rejects.toEqual(failsWith('internal'));
  });

  it('bootstraps, and passes on what the funpack\'s program prints', async () => {
    const dir = await tempDir();
    const funpackDir = await writeFiles(
      join(dir, 'pack'),
      programFunpack({}, { 'bin/bootstrap': '#!/bin/sh\necho fetching for $HOME\n' }),
    );
    const lines: string[] = [];
    const task = {
      type: 'bootstrap',
      funpackDir,
      digest: 'd',
      sharedDir: join(dir, 'shared', 'd'),
      home: dir,
    } as const;
    expect(await runTask(task, options({ onLine: (line) => lines.push(line) }))).toEqual({ ran: true });
    expect(lines).toEqual([`fetching for ${dir}`]);
  });

  it('shows its task in ps, gets nothing of ours, and is gone with all it started when it is cancelled', async () => {
    process.env['PARTY_CLOUD_REDIS'] = 'redis://secret';
    const dir = await tempDir();
    const funpackDir = await writeFiles(
      join(dir, 'pack'),
      programFunpack(
        {},
        {
          'bin/bootstrap':
            '#!/bin/sh\ntr "\\0" "\\n" < /proc/$PPID/environ > "$HOME/environ"; sleep 600 & echo $! > "$HOME/pid"; ' +
              'wait\n',
        },
      ),
    );
    const cancel = new AbortController();
    const task = runTask(
      {
        type: 'bootstrap',
        funpackDir,
        digest: 'd',
        sharedDir: join(dir, 'shared', 'd'),
        home: dir,
      },
      options({ signal: cancel.signal }),
    );
    const failed = expect(task).rejects.toEqual(failsWith('cancelled'));
    const pidFile = join(dir, 'pid');
    await until('the pid', async () => existsSync(pidFile) && (await readFile(pidFile, 'utf8')).endsWith('\n'));
    expect(titles()).toContain('pinky: funpack-runner bootstrap s1');
    expect(await readFile(join(dir, 'environ'), 'utf8')).not.toContain('secret');
    cancel.abort();
    await failed;
    expect(titles()).not.toContain('pinky: funpack-runner bootstrap s1');
    const pid = (await readFile(pidFile, 'utf8')).trim();
    await until('the program is gone', () => !existsSync(`/proc/${pid}`));
    expect(await readdir(join(dir, 'shared'))).toEqual([]);
    delete process.env['PARTY_CLOUD_REDIS'];
  });

  it('can be cancelled while it waits for a server that does not answer', async () => {
    const dir = await tempDir();
    const cancel = new AbortController();
    const server = await httpServer({ '/x': () => cancel.abort() });
    const task = {
      type: 'fetch' as const,
      source: { url: `${server.url}/x` },
      cacheDir: join(dir, 'cache'),
      funpackPaths: [],
      allowedHosts: [],
      limits: roomy,
    };
    await expect(runTask(task, options({ signal: cancel.signal }))).rejects.toEqual(failsWith('cancelled'));
    await server.close();
    expect((await readdir(join(dir, 'cache', 'funpacks'))).filter((name) => !name.startsWith('.'))).toEqual([]);
    await expect(runTask(task, options({ signal: cancel.signal }))).rejects.toEqual(failsWith('cancelled'));
  });

  it('fetches once for many processes that start at the same time', async () => {
    const dir = await tempDir();
    await writeFiles(join(dir, 'pack'), programFunpack());
    const bytes = execFileSync('tar', ['cz', '-C', join(dir, 'pack'), '.']);
    const server = await httpServer({ '/pack': (_request, response) => void response.end(bytes) });
    const source = {
      url: `${server.url}/pack`,
      sha256: execFileSync('sha256sum', { input: bytes }).toString().slice(0, 64),
    };
    const task = {
      type: 'fetch' as const,
      source,
      cacheDir: join(dir, 'cache'),
      funpackPaths: [],
      allowedHosts: [],
      limits: roomy,
    };
    const found = await Promise.all([1, 2, 3].map((i) => runTask(task, options({ serverId: `s${i}` }))));
    await server.close();
    expect(new Set(found.map((one) => one.dir)).size).toBe(1);
    expect(server.asked).toEqual(['/pack']);
  });
});

/** A backup that takes a while: of holes it would take no time. */
async function longBackup() {
  const { dir, task } = await world();
  const huge = join(task.workingDir, 'huge');
  execFileSync('bash', ['-c', 'head -c 1G /dev/zero >"$0"', huge]);
  const backups = join(task.backupsDir, 'worlds', 's1');
  /** The runner's pid, once it has begun to write. It stands still from then on, so that it cannot end meanwhile. */
  const begun = (): Promise<number> => until('the backup has begun', async () => {
    const part = existsSync(backups) ? (await readdir(backups)).find((name) => name.endsWith('.part')) : undefined;
    const pid = part && Number(/\d+/.exec(part)?.[0]);
    return pid && process.kill(pid, 'SIGSTOP') ? pid : undefined;
  });
  return { dir, task, huge, backups, begun };
}

it('ends and cleans up when its worker is killed', async () => {
  const { dir, task, backups, begun } = await longBackup();
  const caller = join(dir, 'caller.cjs');
  await writeFile(
    caller,
    `require(${JSON.stringify(join(packageDir, 'dist', 'task', 'run-task.js'))}).runTask(${JSON.stringify(task)}, { ` +
      `serverId: 's1', program: ${JSON.stringify(program)} });`,
  );
  const worker = fork(caller, { stdio: 'ignore' });
  const runner = await begun();
  expect(titles(worker.pid)).toContain('pinky: funpack-runner backup s1');
  worker.kill('SIGKILL');
  process.kill(runner, 'SIGCONT');
  await until('nothing is left of it', async () => (await readdir(backups)).length === 0);
});

it('reports a runner that was killed, and the next backup removes what it left', async () => {
  const { task, huge, backups, begun } = await longBackup();
  const failed = expect(runTask(task, options())).rejects.toMatchObject({
    code: 'runner_died',
    message: 'the funpack-runner died (SIGKILL)',
  });
  process.kill(await begun(), 'SIGKILL');
  await failed;
  await writeFile(huge, '');
  await runTask(task, options());
  expect((await readdir(backups)).filter((name) => name.endsWith('.part'))).toEqual([]);
});

/** This needs a file system of its own: root, or a kernel that lets users make namespaces. */
const canMount = (() => {
  try {
    execFileSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

(canMount ? it : it.skip)('reports a full disk as no_space, and leaves nothing', async () => {
  const { dir, task } = await world();
  await mkdir(join(dir, 'small'));
  await runTask({ ...task, keep: 1 }, options());
  const source = await latestBackup(task.backupsDir, 's1');
  const restore = {
    type: 'restore',
    source,
    into: join(dir, 'small', 'working'),
    limits: roomy,
    allowedHosts: [],
  };
  const backup = { ...task, backupsDir: join(dir, 'small') };
  execFileSync('dd', ['if=/dev/urandom', `of=${join(task.workingDir, 'noise')}`, 'bs=1M', 'count=2'], {
    stdio: 'ignore',
  });
  const caller = join(dir, 'caller.cjs');
  await writeFile(
    caller,
    `
    const { runTask } = require(${JSON.stringify(join(packageDir, 'dist', 'task', 'run-task.js'))});
    const options = { serverId: 's1', program: ${JSON.stringify(program)} };
    const code = (task) => runTask(task, options).then(() => 'done', (error) => error.code);
    (async () => {
      const codes = [await code(${JSON.stringify(restore)}), await code(${JSON.stringify(backup)})];
      const count = require('node:child_process').execSync('find ${join(dir, 'small')} -type f | wc -l');
      console.log(codes.join(' '), count.toString().trim());
    })();`,
  );
  const child = spawn(
    'unshare',
    ['-rm', 'sh', '-c', `mount -t tmpfs -o size=1m tmpfs ${join(dir, 'small')} && exec ${process.execPath} ${caller}`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { output += text; });
  await once(child, 'close');
  expect(output.trim()).toBe('no_space no_space 0');
  expect((await stat(join(dir, 'small'))).isDirectory()).toBe(true);
});
