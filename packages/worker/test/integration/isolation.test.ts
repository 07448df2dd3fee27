import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { hasNamespaces, lacksUsers } from '@pinky/jail';
import { boxPaths, serverPaths, type BoxConfig } from '@pinky/protocol';
import { Box } from './harness.js';
import { runs } from './processes.js';

const games = join(__dirname, 'games');
const isolation = (kind: 'none' | 'user' | 'strict'): NonNullable<BoxConfig['isolation']> => ({
  kind,
  users: { first: 65_536, count: 34_464 },
  visible: [games],
});
/** Only root can give games users of their own. */
const whereUsers = lacksUsers() === undefined ? describe : describe.skip;

/** A user of its own cannot prevent this: only a view of its own can. */
const seenByUsers = new Set(['make a user namespace']);
/** In a view of its own, the folders that lead to its own are there, and empty else. */
const ofItsView = new Set(['list the home', 'list the servers']);

whereUsers.each(['user', 'strict'] as const)('a game under `isolation: %s`', (kind) => {
  if (kind === 'strict' && !hasNamespaces()) return;
  let box: Box;
  beforeAll(async () => { box = await Box.open({ config: { isolation: isolation(kind) } }); });
  afterAll(() => box.close());

  const attacker = (serverId: string, targets: Readonly<Record<string, unknown>>): string => {
    const env = `TARGETS='${JSON.stringify(targets)}' FUNPACK=$(dirname "$(dirname "$0")")`;
    const dir = box.funpack('obedient.sh', { persistent: true }, {
      run: `${env} exec node ${games}/breaks-out.cjs`,
      prepare: 'id -u >prepared-by; setsid sleep 600 & echo $! >prepared-left',
      import: `id -u >imported-by; echo '{"paths":["world","${serverId}"]}'`,
    });
    return dir;
  };

  it('gets at nothing that is not its own', async () => {
    const neighbour = await box.up('two', box.funpack('obedient.sh'));
    writeFileSync(join(box.paths('two').working, 'world'), 'theirs');
    const { working } = box.paths('one');
    mkdirSync(working, { recursive: true });
    copyFileSync('/usr/bin/id', join(working, 'planted-id'));
    chmodSync(join(working, 'planted-id'), 0o4755);
    const worker = box.startWorker('one');
    const redis = join(box.home, 'redis', 'redis.sock');
    await box.start('one', attacker('one', {
      home: box.home,
      servers: box.config.servers,
      worker: worker.pid,
      neighbour: neighbour.game,
      redis,
    }));
    const told = box.queue.events('one', 'info').filter(({ kind: what }) => what === 'attempt');
    const won = told.filter(({ outcome }) => String(outcome).startsWith('done'));
    expect(told.length).toBeGreaterThan(20);
    const allowed = kind === 'strict' ? ofItsView : seenByUsers;
    expect(won.filter(({ message }) => !allowed.has(String(message)))).toEqual([]);
    expect(won.map(({ outcome }) => String(outcome)).join()).not.toContain('effective.json');
    expect(readFileSync(join(box.paths('two').working, 'world'), 'utf8')).toBe('theirs');
    await box.stop('one');
    await box.stop('two');
  });

  it('is a user of its own, the same at each start, and has its files', async () => {
    const facts = box.queue.events('one', 'info').find(({ kind: what }) => what === 'facts');
    const uid = Number(facts?.['uid']);
    expect(uid).toBeGreaterThanOrEqual(65_536);
    expect(facts).toMatchObject({
      name: hasNamespaces() ? 'game' : expect.anything(),
      capabilities: '0000000000000000',
      noNewPrivileges: '1',
      owner: uid,
      data: 'one',
    });
    if (kind === 'strict') expect(facts).toMatchObject({ processes: 2, tmp: expect.any(Number) });
    expect(readFileSync(join(boxPaths(box.home).users, String(uid)), 'utf8')).toBe('one');
    expect(statSync(box.home).mode & 0o777).toBe(0o711);
  });

  it('comes back with its world, which belongs to it', async () => {
    const before = box.queue.events('one', 'info').find(({ kind: what }) => what === 'facts');
    const { length } = box.queue.events('one', 'info').filter(({ kind: what }) => what === 'facts');
    const { home, config: { servers } } = box;
    await box.up('one', attacker('one', { home, servers, worker: 1, neighbour: 1, redis: '/x' }));
    const facts = box.queue.events('one', 'info').filter(({ kind: what }) => what === 'facts')[length];
    expect(facts).toMatchObject({ uid: before?.['uid'], world: 'mine' });
    expect(box.written('one', 'prepared-by')).toEqual([String(facts?.['uid'])]);
    const { backup } = await box.stop('one');
    expect(backup).toBeDefined();
    await box.nothingLeft('one');
  });

  it('ends with everything that it has started, and is launched again after a crash', async () => {
    const hiding = box.funpack('obedient.sh', {}, {
      run: `env -i setsid sleep 600 & exec sh ${join(games, 'obedient.sh')}`,
    });
    const { worker, game } = await box.up('three', hiding);
    await worker.kill();
    box.startWorker('three');
    expect((await box.queue.status('three', ({ state }) => state === 'up')).pid).toBe(game);
    await box.killGame('three');
    expect(await box.queue.event('three', 'crashed')).toMatchObject({ signal: 'SIGKILL' });
    await box.queue.event('three', 'started', 2);
    expect(statSync(`/proc/${box.pidFile('three')}`).uid).toBe(statSync(box.paths('three').working).uid);
    await box.stop('three');
    await box.nothingLeft('three');
  });

  it('hears TERM, and says how it ended', async () => {
    const { game } = await box.up('four', box.funpack('obedient.sh'));
    process.kill(game, 'SIGTERM');
    expect(await box.queue.event('four', 'crashed')).toMatchObject({ signal: 'SIGTERM' });
    await box.stop('four');
  });

  it('cannot lead Pinky out of its folder by a link that it has planted', async () => {
    const secret = join(box.home, 'secret');
    writeFileSync(secret, 'ours');
    const { working } = box.paths('five');
    mkdirSync(working, { recursive: true });
    symlinkSync(secret, join(working, 'game.cfg'));
    const { game } = await box.up('five', box.funpack('obedient.sh', { files: [{ path: 'game.cfg', content: 'x' }] }));
    expect(runs(game)).toBe(true);
    expect(readFileSync(secret, 'utf8')).toBe('ours');
    expect(statSync(secret).uid).toBe(0);
    expect(statSync(join(working, 'game.cfg')).uid).toBe(statSync(working).uid);
    await box.stop('five');
  });
});

whereUsers('a game of an older home', () => {
  let box: Box;
  beforeAll(async () => { box = await Box.open(); });
  afterAll(() => box.close());

  it('goes on as root until its next start, which gives it its world', async () => {
    const { worker, game } = await box.up('one', box.funpack('obedient.sh', { persistent: true }));
    const { working } = serverPaths(box.config.servers, 'one');
    writeFileSync(join(working, 'world'), 'old');
    mkdirSync(join(working, 'inner'));
    writeFileSync(join(working, 'inner', 'more'), 'old');
    await worker.kill();
    box.configure({ isolation: isolation('user') });
    box.startWorker('one');
    expect((await box.queue.status('one', ({ state }) => state === 'up')).pid).toBe(game);
    await box.killGame('one');
    await box.queue.event('one', 'started', 2);
    expect(statSync(`/proc/${box.pidFile('one')}`).uid).toBe(0);
    await box.command('restart', { serverId: 'one' });
    const { uid } = statSync(`/proc/${box.pidFile('one')}`);
    expect(uid).toBeGreaterThanOrEqual(65_536);
    const owners = ['', 'world', 'inner', 'inner/more'].map((name) => statSync(join(working, name)).uid);
    expect(owners).toEqual([uid, uid, uid, uid]);
    expect(readFileSync(join(working, 'world'), 'utf8')).toBe('old');
    const { backup } = await box.stop('one');
    expect(backup).toBeDefined();
    expect(existsSync(working)).toBe(false);
  });
});
