import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hasNamespaces, lacksUsers } from '@pinky/jail';
import { until } from '@pinky/protocol/testing';
import { assertBuilt, RealBox } from '../box/real-box';
import { askMinetest, askMumble, askOpenttd, askTeeworlds, joinMumble } from './questions';

interface EggGame {
  readonly egg: string;
  /** The program of the startup, and the one of Debian that takes its place. */
  readonly program: readonly [name: string, path: string];
  /** More arguments for `import-egg`. */
  readonly more?: readonly string[];
  readonly settings?: readonly string[];
  readonly protocol: 'tcp' | 'udp';
  /** Asks the game, or plays it, as a stranger who knows no more than its port. */
  readonly isSeen: (port: number) => Promise<void>;
}

const games: readonly EggGame[] = [
  {
    egg: 'openttd',
    program: ['openttd', '/usr/games/openttd'],
    settings: ['srv_name=rails of an egg', 'srv_advertise=false'],
    protocol: 'tcp',
    isSeen: async (port) => expect(await askOpenttd(port)).toContain('rails of an egg'),
  },
  {
    egg: 'minetest',
    program: ['minetest', '/usr/games/minetestserver'],
    settings: ['SERVER_ADMIN_NAME=ann', 'SERVER_ANNOUNCE=false'],
    protocol: 'udp',
    isSeen: async (port) => expect(await askMinetest(port)).toBeGreaterThan(1),
  },
  {
    egg: 'teeworlds',
    program: ['teeworlds_srv', '/usr/games/teeworlds-server'],
    more: ['--done', 'server name is'],
    settings: ['SERVER_NAME=tees of an egg'],
    protocol: 'udp',
    isSeen: async (port) => expect((await askTeeworlds(port))[1]).toBe('tees of an egg'),
  },
  {
    egg: 'mumble',
    program: ['mumble-server', '/usr/sbin/murmurd'],
    protocol: 'tcp',
    isSeen: async (port) => {
      const ann = await joinMumble(port, 'ann');
      expect(await askMumble(port)).toEqual({ users: 1, most: 25 });
      ann.destroy();
    },
  },
];

const missing = games.filter(({ program: [, path] }) => !existsSync(path)).map(({ program: [, path] }) => path);
const why =
  process.env['PINKY_TEST_GAMES'] === undefined ? 'PINKY_TEST_GAMES=1 asks for it (CONTRIBUTING.md)'
  : missing.length > 0 ? `${missing.join(', ')} missing; ./scripts/test --games installs all`
  : (lacksUsers() ?? (hasNamespaces() ? undefined : 'this machine has no namespaces'));
if (why !== undefined) process.stderr.write(`the games of eggs are not played: ${why}\n`);

/** Debian's own programs, played by eggs that were written for the containers of a panel. */
(why === undefined ? describe : describe.skip)('an egg on a program of this machine', () => {
  let box: RealBox;
  beforeAll(async () => {
    assertBuilt();
    box = new RealBox('isolation: strict\nports: {first: 23400, step: 5, count: 20}\n');
    expect(await box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
  });
  afterAll(() => box.end());

  it.each(games)('$egg is imported, is up, has bound its port, is seen, and leaves nothing', async (game) => {
    const { egg, program, more = [], settings = [], protocol, isSeen } = game;
    const funpack = box.file(egg);
    const file = join(__dirname, 'eggs', `${egg}.json`);
    const named = ['--program', program.join('='), '--to', funpack];
    expect(await box.pinky(['funpack', 'import-egg', file, ...named, ...more])).toMatchObject({ code: 0 });
    expect(await box.pinky(['funpack', 'check', funpack])).toMatchObject({ code: 0, answer: { ok: true } });
    const given = settings.flatMap((setting) => ['--set', setting]);
    const { answer } = await box.pinky(['start', egg, '--funpack', funpack, '--ram', '512', ...given]);
    expect(answer).toMatchObject({ state: 'up', pid: expect.any(Number) });
    const { pid, port } = answer as { pid: number; port: number };
    const { uid } = statSync(`/proc/${pid}`);
    expect(uid).toBeGreaterThanOrEqual(65_536);
    await until('its port is bound', () => isBound(protocol, port));
    await isSeen(port);
    expect((await box.pinky(['list', egg])).answer.error.code).toBe('unsupported'); // an egg does not tell who plays
    expect(await box.pinky(['stop', egg])).toMatchObject({ code: 0, answer: { state: 'down' } });
    expect(processesOf(uid)).toEqual([]);
    expect(isBound(protocol, port)).toBe(false);
    expect(await box.pinky(['rm', egg, '--with-backups', '--discard'])).toMatchObject({ code: 0 });
    expect(leftOf(box, egg)).toEqual([]);
  });
});

/** A listening TCP socket has the state 0A, and a UDP socket that is bound 07. */
function isBound(protocol: 'tcp' | 'udp', port: number): boolean {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return [protocol, `${protocol}6`].some((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8').split('\n').some((line) => {
      const [, address = '', , state] = line.trim().split(/\s+/);
      return address.endsWith(local) && state === (protocol === 'tcp' ? '0A' : '07');
    }));
}

function processesOf(uid: number): readonly string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && statSync(`/proc/${name}`).uid === uid;
    } catch {
      return false; // it has just ended
    }
  });
}

/** The files of a server that is forgotten, in all places where one has some. */
const leftOf = (box: RealBox, id: string): readonly string[] =>
  ['servers', 'servers/.parked', 'servers/.installed', 'backups/worlds', 'definitions', 'history']
    .flatMap((folder) => (existsSync(box.file(folder)) ? readdirSync(box.file(folder)) : []))
    .filter((name) => name === id || name.startsWith(`${id}.`));
