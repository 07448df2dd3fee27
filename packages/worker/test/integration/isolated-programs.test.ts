import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasNamespaces, lacksUsers } from '@pinky/jail';
import type { BoxConfig } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { Box } from './harness.js';
import { runs } from './processes.js';

const games = join(__dirname, 'games');
type Users = NonNullable<BoxConfig['isolation']>['users'];
const isolation = (kind: 'user' | 'strict', users: Partial<Users> = {}): NonNullable<BoxConfig['isolation']> => ({
  kind,
  chosenBy: 'operator',
  users: { first: 65_536, count: 34_464, ...users },
  visible: [games],
});
/** Only root can give games users of their own. */
const whereUsers = lacksUsers() === undefined ? describe : describe.skip;

whereUsers.each(['user', 'strict'] as const)('the programs of a funpack under `isolation: %s`', (kind) => {
  if (kind === 'strict' && !hasNamespaces()) return;
  let box: Box;
  beforeAll(async () => { box = await Box.open({ config: { isolation: isolation(kind) } }); });
  afterAll(() => box.close());

  /** Runs bin/bootstrap, and a game that tells how it finds what that fetched. */
  const bootstrapped = (script: string): string => box.funpack('obedient.sh', {}, {
    bootstrap: `${script}\necho fetched >"$1/data"; id -u >"$1/by"`,
    run: `cd "$SHARED_DIR"; echo "$SHARED_DIR" >"$HOME/shared"; cat data >"$HOME/seen"; echo x 2>/dev/null >>data
      cd "$HOME"; exec sh ${games}/obedient.sh`,
  });
  const shared = (): string => box.written('one', 'shared')[0] ?? '';

  it('fetch for all servers as the game, which reads that and cannot change it', async () => {
    const tried = [`${box.home}/effective.json`, '/etc/shadow'];
    const { game } = await box.up('one', bootstrapped(
      `for file in ${tried.join(' ')}; do cat "$file" && exit 1; done; echo x 2>/dev/null >"$0" && exit 1; true`,
    ));
    const { uid } = statSync(`/proc/${game}`);
    expect(readFileSync(join(shared(), 'by'), 'utf8').trim()).toBe(String(uid));
    expect([statSync(`${shared()}/`).uid, statSync(join(shared(), 'data')).uid]).toEqual([0, 0]);
    expect(box.written('one', 'seen')).toEqual(['fetched']);
    expect(readFileSync(join(shared(), 'data'), 'utf8')).toBe('fetched\n');
    await box.stop('one');
  });

  it('are refused with the reason where the funpack is closed to its user', async () => {
    const dir = box.funpack('obedient.sh');
    chmodSync(join(dir, 'bin', 'run'), 0o700);
    box.startWorker('one');
    await expect(box.start('one', dir)).rejects.toMatchObject({
      code: 'not_isolated',
      message: expect.stringContaining(`${join(dir, 'bin', 'run')} is closed to other users`),
    });
  });

  it('leave nothing running that could go on writing there', async () => {
    const late = `env -i setsid sh -c 'while :; do echo late >>"$0/late"; sleep 0.01; done' "$1" >/dev/null 2>&1 &`;
    await box.up('one', bootstrapped(`${late}\nsleep 0.1`));
    const file = join(shared(), 'late');
    expect(existsSync(file)).toBe(true);
    const length = (): number => statSync(file).size;
    const before = length();
    await box.command('restart', { serverId: 'one' });
    expect(length()).toBe(before);
    await box.stop('one');
  });

  it('are ended with a start that is cancelled', async () => {
    const seconds = 61_000 + (process.pid % 1_000);
    box.startWorker('one');
    const left = `env -i setsid sleep ${seconds} >/dev/null 2>&1 &`;
    const prepare = `${left} sleep 0.1; : >"$HOME/begun"; sleep 600`;
    const start = box.start('one', box.funpack('obedient.sh', {}, { prepare }));
    const refused = expect(start).rejects.toMatchObject({ code: 'cancelled' });
    await until('bin/prepare has begun', () => existsSync(join(box.paths('one').working, 'begun')));
    expect(sleepers(seconds)).toHaveLength(1);
    await box.stop('one');
    await refused;
    expect(sleepers(seconds)).toEqual([]);
  });
});

whereUsers('a game under `isolation: user`', () => {
  let box: Box;
  let outer: string;
  beforeAll(async () => {
    box = await Box.open({ config: { isolation: isolation('user') } });
    outer = mkdtempSync(join(tmpdir(), 'closed-way-'));
  });
  afterAll(async () => {
    await box.close();
    rmSync(outer, { recursive: true, force: true });
  });

  it('waits for the folders above its funpack to be opened again, names them, and is no crash loop', async () => {
    const [middle, dir] = [join(outer, 'middle'), join(outer, 'middle', 'funpack')];
    mkdirSync(middle);
    cpSync(box.funpack('obedient.sh'), dir, { recursive: true });
    const setMode = (mode: number): void => [outer, middle].forEach((each) => chmodSync(each, mode));
    const last = () => box.supervisorStatuses.at(-1);
    setMode(0o700);
    box.startWorker('one');
    const words = `\`chmod a+x ${outer} ${middle}\` opens the way to its files`;
    await expect(box.start('one', dir)).rejects.toMatchObject({
      code: 'not_isolated',
      message: expect.stringContaining(`${outer} is closed to other users, and its game is one of them; ${words}`),
    });

    setMode(0o711);
    const { pid } = await box.start('one', dir);
    setMode(0o700);
    process.kill(pid!, 'SIGKILL');
    await until('it says why it waits', () => last()?.next?.includes(words) === true);
    expect(last()).toMatchObject({ state: 'crashed', because: 'the game was ended by SIGKILL', restarts: 0 });
    setMode(0o711);
    await until('it is up again', () => last()?.state === 'up');
    await box.stop('one');
  });
});

/** The processes that sleep so long, wherever they hide. */
const sleepers = (seconds: number): number[] =>
  readdirSync('/proc').map(Number).filter((pid) => pid > 0 && commandOf(pid) === `sleep\0${seconds}\0` && runs(pid));

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return ''; // it has just ended
  }
}

whereUsers('a game whose user is named', () => {
  let box: Box;
  beforeAll(async () => {
    box = await Box.open({ config: { isolation: isolation('strict', { allowed: ['games'] }) } });
  });
  afterAll(() => box.close());

  const named = (runAs: string): string => box.funpack('obedient.sh', { runAs }, {
    run: `id -un >me; echo ~ >home; exec sh ${games}/obedient.sh`,
  });
  const user = 5; // games, on every Debian

  it('by its funpack has that user, if the operator allows it', async () => {
    const { game } = await box.up('one', named('games'));
    expect([statSync(`/proc/${game}`).uid, statSync(box.paths('one').working).uid]).toEqual([user, user]);
    expect(box.written('one', 'me')).toEqual(['games']);
    await box.killGame('one');
    await box.queue.event('one', 'started', 2);
    expect(statSync(`/proc/${box.pidFile('one')}`).uid).toBe(user);
    await box.stop('one');
  });

  it.each([
    ['daemon', '`users.allowed` in pinky.yml does not list'],
    ['root', '`users.allowed` in pinky.yml does not list'],
  ])('by its funpack as %s is refused where nobody has allowed that', async (runAs, because) => {
    box.startWorker('two');
    await expect(box.start('two', named(runAs))).rejects.toMatchObject({
      code: 'bad_option',
      message: expect.stringContaining(because),
    });
  });

  it('by the configuration has that user, and its files are taken back from it', async () => {
    box.configure({ isolation: isolation('strict', { name: 'games' }) });
    const worker = box.startWorker('three');
    const { pid = 0 } = await box.start('three', box.funpack('obedient.sh', { persistent: true }));
    expect(statSync(`/proc/${pid}`).uid).toBe(user);
    await worker.kill();
    box.configure({});
    box.startWorker('three');
    await box.command('restart', { serverId: 'three' });
    const own = statSync(`/proc/${box.pidFile('three')}`).uid;
    expect(own).toBeGreaterThanOrEqual(65_536);
    expect(statSync(box.paths('three').working).uid).toBe(own);
    await box.stop('three');
  });

  it.each(['root', 'no-such-user'])('by the configuration as %s is refused, with the option', async (name) => {
    box.configure({ isolation: isolation('strict', { name }) });
    box.startWorker('four');
    await expect(box.start('four', box.funpack('obedient.sh'))).rejects.toMatchObject({
      code: 'bad_option',
      message: expect.stringContaining('`users.name` in pinky.yml names the user'),
    });
  });
});
