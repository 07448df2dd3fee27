import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { installObstacles } from '@pinky/funpack-runner';
import { until } from '@pinky/protocol/testing';
import { assertBuilt, RealBox } from '../box/real-box.js';

/** A jail needs root and bubblewrap. */
const onMachine = installObstacles().length === 0 ? describe : describe.skip;

onMachine('a server whose funpack has an install script', () => {
  let box: RealBox;
  beforeAll(async () => {
    assertBuilt();
    box = new RealBox('disk: { reserve: 0 }\nports: {first: 22610, step: 1, count: 20}\n');
    expect((await box.pinky(['up', '--daemonize'])).code).toBe(0);
  });
  afterAll(() => box.end());

  const funpack = (name: string, script: string): string => {
    const dir = box.file(name);
    mkdirSync(dir);
    writeFileSync(box.file(name, 'funpack.json'), JSON.stringify({
      name,
      version: '1',
      persistent: true,
      backup: { paths: ['world'] },
      install: { script: 'install.sh' },
      run: ['./game'],
      console: [{ pattern: '^up$', event: 'started' }],
    }));
    writeFileSync(box.file(name, 'install.sh'), script);
    chmodSync(box.file(name, 'install.sh'), 0o644);
    return dir;
  };

  it('is installed once, also where a restore brings only its world back', async () => {
    const script = `date +%N >made; printf '#!/bin/sh\\ncat world 2>/dev/null; echo w >world; echo up; read -r x' >game
chmod +x game; echo installed`;
    const dir = funpack('pond', script);
    expect(await box.pinky(['start', 'one', '--funpack', dir])).toMatchObject({ code: 0 });
    const made = box.text('servers', 'one', 'working', 'made');
    expect(made).toMatch(/^\d+\n$/);
    expect((await box.pinky(['logs', 'one', '--install'])).answer).toEqual({ line: 'installed' });
    expect((await box.pinky(['stop', 'one'])).code).toBe(0);
    rmSync(box.file('servers', '.parked', 'one'), { recursive: true });
    expect((await box.pinky(['start', 'one'])).code).toBe(0);
    expect(box.text('servers', 'one', 'working', 'made')).toBe(made);
    expect(box.text('servers', 'one', 'working', 'world')).toBe('w\n');
    expect((await box.pinky(['stop', 'one'])).code).toBe(0);
    expect((await box.pinky(['rm', 'one'])).code).toBe(0);
    expect(existsSync(box.file('servers', '.installed', 'one'))).toBe(false);
  }, 120_000);

  it('tells that it is being installed, and a stop ends all of that', async () => {
    const start = box.pinky(['start', 'two', '--funpack', funpack('bog', 'setsid sleep 86411 & echo begun; wait')]);
    const log = box.file('servers', '.installed', 'two', 'install.log');
    await until('the script has begun', () => existsSync(log) && readFileSync(log, 'utf8') === 'begun\n');
    expect((await box.pinky(['explain', 'two'])).answer.next).toContain(`installing; the output is in ${log}`);
    expect((await box.pinky(['stop', 'two'])).code).toBe(0);
    expect((await start).answer.error.code).toBe('cancelled');
    expect(spawnSync('pgrep', ['-f', 'sleep 86411'], { encoding: 'utf8' }).stdout).toBe('');
  }, 120_000);
});
