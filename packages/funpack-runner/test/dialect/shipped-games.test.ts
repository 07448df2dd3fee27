import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Dialect } from '../../src/dialect/dialect.js';
import { spokenManifest } from '../../src/dialect/spoken-manifest.js';
import { checkFunpack } from '../../src/funpack/check-funpack.js';
import { readFunpack, type Funpack } from '../../src/funpack/read-funpack.js';
import { checkSettings } from '../../src/funpack/settings.js';
import { writeInputs } from '../../src/launch/inputs.js';
import type { LaunchContext } from '../../src/launch/launch-context.js';
import { placeholdersOf } from '../../src/launch/placeholders.js';

const dirOf = (name: string): string => resolve(__dirname, '../../../../funpacks', name);

function game(name: string, given: Record<string, unknown>) {
  const funpack: Funpack = readFunpack(dirOf(name));
  const dir = mkdtempSync(join(tmpdir(), 'pinky-shipped-'));
  const context: LaunchContext = {
    serverId: 'one',
    port: 29_600,
    ports: { econ: 29_601 },
    ram: { min: 64, max: 64 },
    settings: checkSettings(funpack.manifest, given),
    workingDir: join(dir, 'working'),
    sharedDir: dir,
    datafile: join(dir, 'datafile.json'),
    home: dir,
  };
  const placeholders = placeholdersOf(funpack, context);
  const dialect = new Dialect(spokenManifest(funpack.manifest, placeholders), {}, placeholders);
  const fileOf = (path: string): string => {
    writeInputs(funpack, context);
    return readFileSync(join(context.workingDir, path), 'utf8');
  };
  return { dialect, fileOf, dir };
}

/** Every line with what it means: the type of the event, and the fields that count. */
const told = (dialect: Dialect, lines: readonly string[]) =>
  lines.flatMap((line) => dialect.read(line).events.map(({ type, user, user_id: id, message }) =>
    [type, user, id, message].filter((part) => typeof part === 'string').join(' ')));

describe('the declarative funpacks that ship', () => {
  const names = ['teeworlds', 'armagetronad', 'openttd'];
  it.each(names)('%s has no fault but programs that are not installed', async (name) => {
    const findings = await checkFunpack(dirOf(name));
    expect(findings.filter(({ problem }) => !problem.startsWith('requires: '))).toEqual([]);
  });
});

describe('Teeworlds', () => {
  const { dialect, fileOf, dir } = game('teeworlds', {
    consolePassword: 'abcdef1234',
    serverName: 'my "box"; shutdown',
  });
  afterAll(() => rmSync(dir, { recursive: true }));
  const at = '[2026-11-21 03:03:31]';

  it('is understood, as the program writes it', () => {
    expect(told(dialect, [
      `${at}[server]: starting...`,
      `${at}[econ]: bound to 127.0.0.1:29601`,
      `${at}[server]: version 0.7 802f1be60a05665f`,
      `${at}[server]: player has entered the game. ClientID=0 addr=127.0.0.1:57902`,
      `${at}[game]: team_join player='0:al ice' team=0`,
      `${at}[game]: team_join player='0:al ice' m_Team=0->1`,
      `${at}[chat]: 1:0:al ice: hello: alice [game]: leave player='0:al ice'`,
      `${at}[chat]: *** hi all`,
      `${at}[server]: client dropped. cid=0 addr=127.0.0.1:65329 reason='Kicked (be good)'`,
      `${at}[game]: leave player='0:al ice'`,
      `${at}[server]: couldn't open socket. port 29600 might already be in use`,
    ])).toEqual([
      'started',
      'player_connected al ice 0',
      "chat al ice 0 hello: alice [game]: leave player='0:al ice'",
      'player_disconnected al ice 0',
      "fatal_error couldn't open socket. port 29600 might already be in use",
    ]);
  });

  it('gets its ports and its name as one line each, and is told what nobody can end', () => {
    const config = fileOf('server.cfg').split('\n');
    expect(config).toEqual(expect.arrayContaining(['sv_port 29600', 'ec_port 29601', 'ec_bindaddr 127.0.0.1']));
    expect(config).toContain('sv_name "my \\"box\\"; shutdown"');
    expect(dialect.stdin({ type: 'say', message: 'a "b"; shutdown \\' })).toEqual(['say "a \\"b\\"; shutdown /"']);
  });
});

describe('Armagetron Advanced', () => {
  const { dialect, fileOf, dir } = game('armagetronad', { ais: 2 });
  afterAll(() => rmSync(dir, { recursive: true }));

  it('is understood by its ladder log, which no player can write', () => {
    expect(told(dialect, [
      '[0] Bound socket to *.*.*.*:46413.',
      '[0] Bound socket to *.*.*.*:29600.',
      '[L] PLAYER_ENTERED al_ice 127.0.0.1 al ice',
      '[0] al ice entered the game.',
      '[0] al ice: [L] PLAYER_LEFT al_ice 127.0.0.1',
      '[L] CHAT al_ice [L] PLAYER_LEFT al_ice 127.0.0.1',
      '[L] PLAYER_RENAMED al_ice alice 127.0.0.1 alice',
      '[L] PLAYER_LEFT alice 127.0.0.1',
    ])).toEqual([
      'started',
      'player_connected al_ice',
      'chat al_ice [L] PLAYER_LEFT al_ice 127.0.0.1',
      'player_renamed alice',
      'player_disconnected alice',
    ]);
  });

  it('gets its settings, and is told what it reads as text', () => {
    const config = fileOf('config/autoexec.cfg').split('\n');
    expect(config).toEqual(expect.arrayContaining(['SERVER_PORT 29600', 'NUM_AIS 2', 'TALK_TO_MASTER 0']));
    expect(dialect.stdin({ type: 'say', message: 'a "b" \\ QUIT' })).toEqual(['SAY a "b" / QUIT']);
  });
});
