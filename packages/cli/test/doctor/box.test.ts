import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths, serverPaths, type BoxConfig } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { checkAbandoned } from '../../src/doctor/box.js';

describe('a box whose supervisor is gone', () => {
  let home: string;
  let children: ChildProcess[] = [];
  const config = (): BoxConfig => ({ home, servers: join(home, 'servers') }) as BoxConfig; // only these are read
  beforeEach(() => {
    home = realpathSync(mkdtempSync(join(tmpdir(), 'doctor-')));
    children = [];
  });
  afterEach(async () => {
    const ended = children.map((child) => once(child, 'exit'));
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(ended);
    rmSync(home, { recursive: true, force: true });
  });

  async function runs(title: string, command = 'sleep', cwd = home): Promise<number> {
    const child = spawn(command, ['600'], { argv0: title, cwd, env: { ...process.env, PINKY_HOME: home } });
    children.push(child);
    await until(`${title} runs`, () => readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').startsWith(title));
    return child.pid!;
  }

  /** Writes down what the wrapper of a game does. */
  function launched(serverId: string, pid: number): void {
    const { identity } = serverPaths(config().servers, serverId).run('1');
    mkdirSync(join(identity, '..'), { recursive: true });
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').trim();
    writeFileSync(identity, [stat, stat, readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')].join('\n'));
  }

  it('has each process that runs on named by its pid: workers, Redis, and games that no worker watches', async () => {
    const { redisDir, redisPid } = boxPaths(home);
    mkdirSync(redisDir);
    symlinkSync('/bin/sleep', join(home, 'redis-server'));
    const worker = await runs('pinky: worker watched [pond]');
    const redis = await runs('redis-server', join(home, 'redis-server'), redisDir);
    writeFileSync(redisPid, `${redis}\n`);
    launched('watched', await runs('game'));
    const game = await runs('game');
    launched('alone', game);
    expect(checkAbandoned(config(), false)).toEqual([expect.objectContaining({
      name: 'processes',
      found: `3 of this box run without a supervisor: ${worker} (worker watched), ${redis} (redis-server), ` +
        `${game} (the game of alone, which no worker watches)`,
    })]);
    expect(checkAbandoned(config(), true)).toEqual([]);
  });
});
