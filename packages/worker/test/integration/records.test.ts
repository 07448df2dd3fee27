import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { boxPaths } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { bootId } from '@pinky/supervisor/identity';
import { Box } from './harness.js';
import { killAll, processesOf, runs } from './processes.js';

describe('records that do not tell the truth', () => {
  let box: Box;
  beforeEach(async () => { box = await Box.open(); });
  afterEach(() => box.close());

  const runOf = (serverId: string) =>
    box.paths(serverId).run(readdirSync(box.paths(serverId).runs).toSorted().at(-1) ?? '');

  /** A successor with damaged files: the game is the same, there is one of it, and it obeys. */
  async function expectAdopted(game: number): Promise<void> {
    const worker = box.startWorker('one');
    box.queue.statuses.clear();
    await box.queue.status('one', ({ state, pid }) => state === 'up' && pid === game, 'the same game');
    expect(await box.command('list', { serverId: 'one' })).toMatchObject({ players: ['ann', 'bob'] });
    expect(gamesOf()).toEqual([game]);
    await worker.kill();
  }

  const gamesOf = (): number[] =>
    processesOf(box.config.servers).filter(
      (pid) => !readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('wrapper.sh'),
    );

  it('goes on with a living game although there is a newer run', async () => {
    const { worker, game } = await box.up('one', box.funpack('obedient.sh'));
    await worker.kill();
    mkdirSync(box.paths('one').run('9999999999999-abcd').dir);
    await expectAdopted(game);
    expect(readdirSync(box.paths('one').runs)).toHaveLength(1);
  });

  it('never signals a process that has the pid of a dead game', async () => {
    const { worker, game } = await box.up('one', box.funpack('obedient.sh'));
    const run = runOf('one');
    await worker.kill();
    killAll([...processesOf(box.config.servers), game]);
    await until('the game is gone', () => !runs(game));
    const bystander = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
    const pid = bystander.pid ?? 0;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1').trim();
      const fields = stat.split(' ');
      fields[21] = String(Number(fields[21]) - 1);
      writeFileSync(run.identity, `${fields.join(' ')}\n${fields.join(' ')}\n${bootId()}\n`);
      writeFileSync(run.claim, `${pid}\n`);
      writeFileSync(box.paths('one').pidFile, `${pid}\n`);
      box.startWorker('one');
      await box.queue.event('one', 'started', 2);
      await box.stop('one');
      expect(runs(pid)).toBe(true);
    } finally {
      killAll([pid]);
    }
  });

  it('never signals a process that has the pid of a game from before a reboot', async () => {
    const { worker } = await box.up('one', box.funpack('obedient.sh'));
    const run = runOf('one');
    await worker.kill();
    killAll(processesOf(box.config.servers));
    await until('all are gone', () => processesOf(box.config.servers).length === 0);
    const bystander = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
    const pid = bystander.pid ?? 0;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1').trim();
      const anotherBoot = bootId().replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
      writeFileSync(run.identity, `${stat}\n${stat}\n${anotherBoot}\n`);
      box.startWorker('one');
      await box.queue.event('one', 'started', 2);
      await box.stop('one');
      expect(runs(pid)).toBe(true);
    } finally {
      killAll([pid]);
    }
  });

  it('goes on with a running game whose server.json was cut anywhere, or is gone', async () => {
    const { worker, game } = await box.up('one', box.funpack('obedient.sh'));
    await box.queue.event('one', 'player_connected', 2);
    await worker.kill();
    const { serverJson } = box.paths('one');
    // It may have been killed just between two records.
    const whole = readFileSync(existsSync(serverJson) ? serverJson : `${serverJson}.previous`);
    for (const part of [0, 1, 0.3, 0.5, 0.9]) {
      writeFileSync(serverJson, whole.subarray(0, Math.floor(whole.length * part)));
      await expectAdopted(game);
    }
    writeFileSync(`${serverJson}.previous`, '{');
    writeFileSync(serverJson, '{');
    await expectAdopted(game);
  });

  it('launches nothing from a server.json that cannot be read, saves the world, and says what to do', async () => {
    const { worker, game } = await box.up('one', box.funpack('obedient.sh', { persistent: true }));
    await box.queue.event('one', 'started');
    await worker.kill();
    killAll(processesOf(box.config.servers));
    await until('the game is gone', () => !runs(game));
    for (const path of [box.paths('one').serverJson, `${box.paths('one').serverJson}.previous`])
      writeFileSync(path, '{"format":');
    box.startWorker('one');
    await box.queue.status('one', ({ state }) => state === 'failed');
    await expect(box.command('list', { serverId: 'one' })).rejects.toThrow('server.json cannot be read');
    expect(gamesOf()).toEqual([]);
    writeFileSync(join(box.paths('one').working, 'map'), 'played');
    await expect(box.command('rm', { serverId: 'one' })).rejects.toMatchObject({ code: 'world_unsaved' });
    const { backup, parked } = await box.stop('one');
    expect([backup?.url, readFileSync(`${parked}/map`, 'utf8')]).toEqual([expect.stringContaining('file:'), 'played']);
    expect(await box.start('one', box.funpack('obedient.sh', { persistent: true }))).toMatchObject({ state: 'up' });
  });

  it.each<[string, () => string]>([
    ['journal', () => runOf('one').journal],
    ['checkpoint', () => runOf('one').checkpoint],
    ['identity', () => runOf('one').identity],
    ['claim', () => runOf('one').claim],
    ['dialect', () => runOf('one').dialect],
    ['file of answers', () => join(box.home, 'answers', 'one.jsonl')],
    ['pid file', () => box.paths('one').pidFile],
  ])('goes on with a running game whose %s was cut at any byte', async (_, pathOf) => {
    const { worker, game } = await box.up(
      'one',
      box.funpack('obedient.sh', { console: [{ pattern: '^joined (?<user>.*)$', event: 'player_connected' }] }),
    );
    await box.queue.event('one', 'player_connected', 2);
    await until('the dialect is written', () => existsSync(runOf('one').dialect));
    box.order('one', { type: 'shutdown' }); // leaves a checkpoint
    expect(await worker.ended).toMatchObject({ code: 3 });
    const whole = readFileSync(pathOf());
    expect(whole.length).toBeGreaterThan(0);
    for (const cut of [0, Math.floor(whole.length / 2), whole.length - 2, whole.length - 1]) {
      writeFileSync(pathOf(), whole.subarray(0, cut));
      await expectAdopted(game);
    }
  });

  it('touches nothing while the configuration is cut short, and goes on once it is whole', async () => {
    const { worker, game } = await box.up('one', box.funpack('obedient.sh'));
    await box.queue.event('one', 'player_connected', 2);
    await worker.kill();
    const { effectiveConfig } = boxPaths(box.home);
    const whole = readFileSync(effectiveConfig);
    for (const cut of [0, 1, Math.floor(whole.length / 2), whole.length - 1]) {
      writeFileSync(effectiveConfig, whole.subarray(0, cut));
      expect(await box.startWorker('one').ended).toMatchObject({ code: 1 });
      expect(gamesOf()).toEqual([game]);
    }
    writeFileSync(effectiveConfig, whole);
    await expectAdopted(game);
  });

  it('finishes a removal that was cut short in the middle', async () => {
    mkdirSync(join(box.paths('one').working, 'world'), { recursive: true });
    mkdirSync(box.paths('one').runs, { recursive: true });
    const worker = box.startWorker('one');
    await box.nothingLeft('one');
    await worker.kill();
  });
});
