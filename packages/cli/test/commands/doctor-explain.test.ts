import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { boxPaths, serverPaths } from '@pinky/protocol';
import { asNobody } from '@pinky/protocol/testing';
import { loadConfig } from '@pinky/box/config';
import { writeEffectiveConfig } from '@pinky/box/home';
import { checkDisk, checkHome, checkNode, checkPorts } from '../../src/doctor/machine.js';
import { checkPrograms } from '../../src/doctor/programs.js';
import { cli } from '../cli-run.js';
import { TalkingBox, upStatus } from '../talking-box.js';

describe('pinky doctor', () => {
  let box: TalkingBox;
  beforeEach(() => { box = new TalkingBox(); });
  afterEach(() => box.remove());

  const doctor = async (...args: string[]) => {
    const { code, out } = await cli(['doctor', '--json', '--home', box.home, ...args]);
    return {
      code,
      ...(JSON.parse(out) as { ok: boolean; findings: { name: string; level: string; found: string; fix?: string }[] }),
    };
  };

  it('says that all is well, and exits with 0', async () => {
    const { code, ok, findings } = await doctor();
    expect([code, ok, findings.filter((one) => one.level === 'bad')]).toEqual([0, true, []]);
  });

  it('names each missing program with the package that brings it', () => {
    const findings = checkPrograms('/nowhere', false);
    expect(findings.find((one) => one.name === 'redis-server')).toEqual({
      name: 'redis-server',
      level: 'bad',
      found: 'not found; it is the private Redis',
      fix: 'apt-get install redis-server',
    });
    expect(findings.find((one) => one.name === 'flock')).toMatchObject({
      level: 'bad',
      fix: 'apt-get install util-linux',
    });
    expect(findings.find((one) => one.name === 'lzop')).toMatchObject({ level: 'odd' });
  });

  it('does not need redis-server if you have your own Redis', () => {
    expect(checkPrograms('/nowhere', true)[0]).toMatchObject({ name: 'redis-server', level: 'odd' });
  });

  it.each([
    ['20.18.3', 'bad'],
    ['18.20.0', 'bad'],
    ['20.19.0', 'ok'],
    ['24.1.0', 'ok'],
  ])('judges Node %s: %s', (version, level) => {
    expect(checkNode(version).level).toBe(level);
  });

  it('reports a home that others can read, and how to close it', () => {
    expect(checkHome(box.home).level).toBe('ok');
    chmodSync(box.home, 0o755);
    expect(checkHome(box.home)).toMatchObject({ level: 'odd', fix: `chmod 700 ${box.home}` });
    expect(checkHome(box.home, 12_345)).toMatchObject({ level: 'bad' });
    expect(checkHome(join(box.home, 'effective.json'))).toMatchObject({ level: 'bad' });
    chmodSync(box.home, 0o000);
    expect(asNobody(() => checkHome(join(box.home, 'inner')))).toMatchObject({
      level: 'bad',
      found: `${join(box.home, 'inner')} is closed to this user`,
    });
    chmodSync(box.home, 0o700);
  });

  it('checks the disk for the servers, even before their folder exists', () => {
    expect(checkDisk(join(box.home, 'not', 'yet')).found).toContain(` free at ${box.home}`);
  });

  it('counts free ports of the pool', () => {
    expect(checkPorts({ first: 61_000, step: 1, count: 3 }).found).toMatch(/^\d of 3 ports free/);
  });

  it('names a wrong option with its line', async () => {
    writeFileSync(boxPaths(box.home).config, '\nbakup: 1\n');
    const { code, findings } = await doctor();
    expect([code, findings.find((one) => one.name === 'pinky.yml')]).toEqual([
      1,
      expect.objectContaining({
        level: 'bad',
        found: expect.stringContaining('pinky.yml:2: `bakup` is not an option'),
      }),
    ]);
  });

  it('finds files that dead processes left', async () => {
    writeFileSync(boxPaths(box.home).supervisorPid, '4194305\n');
    writeFileSync(`${boxPaths(box.home).effectiveConfig}.77`, '');
    mkdirSync(join(box.servers, 's1'));
    writeFileSync(serverPaths(box.servers, 's1').pidFile, '4194305');
    const odd = (await doctor()).findings.filter(({ level, name }) => level === 'odd' && name !== 'isolation');
    expect(odd.map((one) => one.name)).toEqual([
      'supervisor.pid',
      'pid file',
      'draft',
    ]);
  });

  it('asks the Redis of the running box, even if only its command line named it', async () => {
    writeEffectiveConfig(loadConfig({ home: box.home, env: {}, overrides: { redis: 'redis://127.0.0.1:1' } }));
    await box.listenAsSupervisor();
    expect((await doctor()).findings.filter((one) => one.name === 'redis')).toEqual([
      expect.objectContaining({
        level: 'bad',
        found: expect.stringContaining('127.0.0.1:1'),
        fix: expect.stringContaining('--redis'),
      }),
    ]);
  });

  it('says if the private Redis of a running box does not answer', async () => {
    expect((await doctor()).findings.filter((one) => one.name === 'redis')).toEqual([]);
    await box.listenAsSupervisor({ ps: () => box.tree([]) });
    const { code, findings } = await doctor();
    expect([code, findings.find((one) => one.name === 'redis')]).toEqual([
      1,
      {
        name: 'redis',
        level: 'bad',
        found: expect.stringContaining('does not answer') as string,
        fix: expect.stringContaining('games keep running') as string,
      },
    ]);
  });

  it('checks the Redis of the running box, even if pinky.yml does not name it', async () => {
    await box.listenAsSupervisor({ ps: () => box.tree([]) });
    writeEffectiveConfig(loadConfig({ home: box.home, env: {}, overrides: { redis: 'tcp:127.0.0.1:1' } }));
    expect((await doctor()).findings.find((one) => one.name === 'redis')).toMatchObject({
      found: expect.stringContaining('127.0.0.1:1'),
      fix: expect.stringContaining('--redis'),
    });
  });

  it('lists every mistake of a funpack', async () => {
    const dir = join(box.home, 'pack');
    mkdirSync(join(dir, 'bin'), { recursive: true });
    writeFileSync(
      join(dir, 'funpack.json'),
      JSON.stringify({ name: 'x', version: '1', requires: [{ program: 'no-such-game', package: 'no-such-package' }] }),
    );
    writeFileSync(join(dir, 'bin', 'run'), '#!/bin/sh\n');
    const { code, findings } = await doctor('--funpack', dir);
    expect(code).toBe(1);
    expect(findings.filter((one) => one.level === 'bad').map(({ name, fix }) => [name, fix])).toEqual([
      ['funpack.json', 'apt-get install no-such-package'],
      ['bin/run', 'chmod +x it'],
    ]);
  });
});

describe('pinky explain', () => {
  let box: TalkingBox;
  beforeEach(() => { box = new TalkingBox(); });
  afterEach(() => box.remove());

  it('says why, since when, and what happens next', async () => {
    const status = upStatus('s1', {
      state: 'crashed',
      because: 'it was killed by SIGSEGV',
      next: 'starts again',
      nextAt: Date.now() + 3500,
    });
    await box.listenAsSupervisor({ ps: () => box.tree([status]) });
    const { code, out } = await cli(['explain', 's1', '--home', box.home]);
    expect(code).toBe(0);
    expect(out).toMatch(
      new RegExp(
        '^s1 \\[emberhollow\\] is crashed for ([5-9]|\\d\\d)s \\(since [^)]+\\)\n {2}' +
          'because it was killed by SIGSEGV\n' +
          ' {2}wanted: up\n {2}next: starts again in \\ds\n',
      ),
    );
  });

  it('shows what the worker itself knows: the failure and the last lines', async () => {
    const status = upStatus('s1', { state: 'failed' });
    await box.listenAsSupervisor({ ps: () => box.tree([status]) });
    await box.listenAsQueue({
      servers: () => [status],
      usage: () => ({}),
      explain: (params) => ({
        status,
        funpack: '/cache/funpack',
        hang: {
          inWords: 'has been silent for 90 s and answers no query', verdict: 'hung', isStarved: true, follows: 'warn',
        },
        faults: { 'chat without user': 3 },
        lastLines: [`for ${JSON.stringify(params)}`, 'out of memory'],
        failure: { code: 'crash_loop', message: 'it was killed once too often', remedy: 'look at it' },
      }),
    });
    const { code, out } = await cli(['explain', 's1', '--home', box.home]);
    expect(code).toBe(0);
    expect(out).toContain(
      '  it failed with crash_loop: it was killed once too often\n  what to do: look at it\n  its funpack is in ' +
        '/cache/funpack\n  its game has been silent for 90 s and answers no query, which is a hang: nothing follows ' +
        'but a warning\n  the machine is short of processor, memory or disk, so a decision on that is put off\n' +
        '  its game printed chat without user 3 times, which is read as text (docs/funpacks.md, ' +
        'Events)\n  the game\'s last lines:\n    | for {"serverId":"s1"}\n    | out of memory\n',
    );
    expect(JSON.parse((await cli(['explain', 's1', '--json', '--home', box.home])).out)).toMatchObject({
      state: 'failed',
      lastLines: [expect.any(String), 'out of memory'],
    });
  });

  it('reads the files if every process is dead', async () => {
    const paths = serverPaths(box.servers, 's1');
    const run = paths.run('r1');
    mkdirSync(run.dir, { recursive: true });
    writeFileSync(
      paths.serverJson,
      JSON.stringify({
        format: 1,
        wanted: 'up',
        port: 10_000,
        restarts: 1,
        failed: { code: 'crash_loop', message: 'it crashed 5 times' },
      }),
    );
    writeFileSync(paths.pidFile, '4194305');
    writeFileSync(run.exit, 'signal SIGKILL\n');
    writeFileSync(run.journal, '{"type":"launched"}\n{"type":"crash_loop"}\n');
    const { out } = await cli(['explain', 's1', '--home', box.home]);
    expect(out).toMatch(/^s1 is failed\n {2}because it crashed 5 times\n/);
    for (const fact of [
      'it has no worker now',
      'its pid file names 4194305, which is not running',
      'run r1 ended: signal SIGKILL',
      '{"type":"crash_loop"}',
    ])
      expect(out).toContain(fact);
  });

  it('says that an unknown server is down', async () => {
    expect(await cli(['explain', 's9', '--home', box.home])).toMatchObject({
      code: 3,
      err: expect.stringContaining('pinky: not_running: server s9 is down'),
    });
  });

  it('says of a server that is down what its definition and its backups say', async () => {
    const seconds = Math.floor(Date.now() / 1_000) - 3_600;
    const definition = {
      format: 1,
      serverId: 's2',
      revision: 3,
      changedIn: 1,
      funpack: { url: 'file:///packs/echo' },
      ram: { min: 1, max: 1 },
      settings: {},
      port: 10_100,
      wanted: 'down',
      wantedSince: seconds * 1_000,
    };
    mkdirSync(boxPaths(box.home).definitions, { recursive: true });
    writeFileSync(boxPaths(box.home).definition('s2'), JSON.stringify(definition));
    const backups = join(box.home, 'backups', 'worlds', 's2');
    mkdirSync(backups, { recursive: true });
    writeFileSync(join(backups, `s2.${seconds}.tar.lzo`), 'an archive');
    const { code, out } = await cli(['explain', 's2', '--home', box.home]);
    expect([code, out]).toEqual([0, expect.stringMatching(/^s2 is down\n {2}because it was stopped/)]);
    expect(out).toContain('wanted: down, since ');
    expect(out).toContain('its funpack is file:///packs/echo, its port 10100');
    expect(out).toMatch(/its newest backup is 1h( \d{1,2}[sm])? old/);
    const asJson = JSON.parse((await cli(['explain', 's2', '--json', '--home', box.home])).out) as unknown;
    expect(asJson).toMatchObject({ state: 'down', wanted: 'down', newestBackup: seconds * 1_000 });
  });
});
