import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BoxConfig } from '@pinky/protocol';
import { Box } from './harness.js';

const games = join(__dirname, 'games');
const uid = 65_534;
const isolation: NonNullable<BoxConfig['isolation']> = {
  kind: 'strict',
  chosenBy: 'operator',
  users: { first: 65_536, count: 34_464 },
  visible: [games],
};

/** Only root can become the ordinary user of this test, whom the kernel must let make namespaces. */
function isAble(): boolean {
  try {
    const plain = ['--reuid', String(uid), '--regid', String(uid), '--clear-groups'];
    execFileSync('setpriv', [...plain, 'unshare', '--user', '--map-root-user', '--mount', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

(isAble() ? describe : describe.skip)('a game under `isolation: strict` of a box that is not root', () => {
  let box: Box;
  beforeAll(async () => { box = await Box.open({ config: { isolation }, uid }); });
  afterAll(() => box.close());

  const attacker = (): string => {
    const targets = {
      home: box.home,
      servers: box.config.servers,
      worker: 1,
      neighbour: 1,
      redis: join(box.home, 'redis', 'redis.sock'),
    };
    const env = `TARGETS='${JSON.stringify(targets)}' FUNPACK=$(dirname "$(dirname "$0")")`;
    return box.funpack('obedient.sh', { persistent: true }, {
      bootstrap: 'id -u >"$1/by"',
      run: `cat "$SHARED_DIR/by" >shared; ls -d "$PWD"/../runs/* >runs; ${env} exec node ${games}/breaks-out.cjs`,
      prepare: 'id -u >prepared-by',
    });
  };

  it('gets at nothing that is not its own, although the box has the same user', async () => {
    const world = join(box.paths('two').working, 'world');
    mkdirSync(box.paths('two').working, { recursive: true });
    writeFileSync(world, 'theirs');
    execFileSync('chown', ['-R', `${uid}:${uid}`, box.home]);
    await box.up('one', attacker());
    const told = box.queue.events('one', 'info').filter(({ kind }) => kind === 'attempt');
    const harmless = ['list the home', 'list the servers', 'end its worker', 'end another game'];
    const won = told.filter(({ outcome }) => String(outcome).startsWith('done'));
    expect(told.length).toBeGreaterThan(20);
    // Pid 1 is the first process of its own namespace, which it may signal: that ends the game, and nothing else.
    expect(won.filter(({ message }) => !harmless.includes(String(message)))).toEqual([]);
    expect(won.map(({ outcome }) => String(outcome)).join()).not.toContain('effective.json');
    expect(readFileSync(world, 'utf8')).toBe('theirs');
  });

  it('is the user of the box, without privileges, and sees its own processes', () => {
    const facts = box.queue.events('one', 'info').find(({ kind }) => kind === 'facts');
    expect(facts).toMatchObject({
      uid,
      name: 'nobody',
      capabilities: '0000000000000000',
      noNewPrivileges: '1',
      owner: uid,
      processes: 2,
      data: 'one',
    });
    expect(box.written('one', 'shared')).toEqual([String(uid)]);
    expect(box.written('one', 'runs')).toEqual([]); // it cannot tell its worker what it likes
    expect(box.written('one', 'prepared-by')).toEqual([String(uid)]);
  });

  it('is adopted, launched again after a crash, stopped, and comes back with its world', async () => {
    const game = box.pidFile('one');
    await box.killGame('one');
    await box.queue.event('one', 'started', 2);
    expect(box.pidFile('one')).not.toBe(game);
    expect(statSync(`/proc/${box.pidFile('one')}`).uid).toBe(uid);
    const { backup } = await box.stop('one');
    expect(backup).toBeDefined();
    await box.nothingLeft('one');
    box.startWorker('one');
    await box.start('one', attacker());
    const facts = box.queue.events('one', 'info').findLast(({ kind }) => kind === 'facts');
    expect(facts).toMatchObject({ world: 'mine' });
    await box.stop('one');
  });
});
