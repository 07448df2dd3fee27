import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '@pinky/protocol/testing';
import { assertBuilt } from '../box/real-box';
import { Producer } from '../box/producer';
import { DefinedBox } from './defined-box';

const secret = 'hunter2-of-lobby';

/** A game that is careless with its password, takes a new motd while it is up, and may change that by itself. */
const game = `say() { echo "{\\"event\\":\\"$1\\"$2}"; }
changed() { say settings_changed ",\\"setting\\":\\"motd\\",\\"value\\":\\"$1\\""; }
echo lived >>world
say started
password=$(sed -n 's/.*"password": "\\([^"]*\\)".*/\\1/p' "$DATAFILE")
echo "the password is $password"
say info ",\\"message\\":\\"join with $password\\""
while read -r line; do
  echo "heard $line"
  case $line in
    stop) exit 0 ;;
    'set motd '*) changed "\${line#set motd }" ;;
    announce\\ *) changed "\${line#announce }" ;;
    crash) kill -9 $$ ;;
  esac
done`;

const manifest = {
  schema: {
    motd: { type: 'string', live: { confirm: { event: 'settings_changed' } } },
    slots: { type: 'integer', default: 4 },
    password: { type: 'string', secret: true, min: 8 },
  },
  files: [{ path: 'server.cfg', content: 'password {settings.password}\n' }],
};

describe('a server with a secret', () => {
  const box = new DefinedBox(22_950);
  let producer: Producer;
  beforeAll(async () => {
    assertBuilt();
    const pack = box.pack('careless', manifest, game);
    await box.up();
    producer = new Producer(box.home);
    const given = ['--set', `password=${secret}`, '--set', 'slots=8'];
    expect(await box.pinky(['start', 'a', '--funpack', pack, ...given])).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await producer.end();
    await box.end();
  });

  const newestRun = (): string => readdirSync(box.file('servers', 'a', 'runs')).sort().at(-1) ?? '';
  const heard = (line: string): boolean =>
    box.text('servers', 'a', 'runs', newestRun(), 'console').includes(`heard ${line}`);
  const events = (): string =>
    readdirSync(box.file('events')).map((name) => box.text('events', name)).join('');

  it('has it in no definition that people read, but in a file of its own', async () => {
    const readable = (): string => box.text('definitions', 'a.json');
    await until('the queue knows which settings are none', () => readable().includes('"slots": 8'));
    expect(readable()).not.toContain(secret);
    expect(box.text('definitions', 'a.secrets')).toContain(secret);
    expect(statSync(box.file('definitions', 'a.secrets')).mode & 0o777).toBe(0o600);
  });

  it('shows it nowhere, although its game prints it', async () => {
    await until('its event came', () => events().includes('join with ***'));
    const commands = [['explain', 'a'], ['settings', 'a'], ['ls'], ['ps'], ['status', 'a'], ['events'], ['logs', 'a']];
    for (const args of commands) {
      const { answer } = await box.pinky(args).catch((error: unknown) => ({ answer: String(error) }));
      expect({ args, shown: JSON.stringify(answer).includes(secret) }).toEqual({ args, shown: false });
    }
    expect((await box.pinky(['explain', 'a'])).answer.lastLines).toContain('the password is ***');
    expect((await box.pinky(['settings', 'a'])).answer).toMatchObject({
      settings: { password: '••••••', slots: 8 },
      ram: { isGiven: false },
    });
  });

  it('keeps it out of backups, forced ones too, with the file that is written anew', async () => {
    for (const more of [[], ['--force']]) {
      const { answer } = await box.pinky(['backup', 'a', ...more]);
      const list = execFileSync('bash', ['-c', 'lzop -dc "$0" | tar t', fileURLToPath(answer.backup.url)]).toString();
      expect(list.trim().split('\n')).toEqual(['world']);
    }
    expect(box.text('servers', 'a', 'working', 'server.cfg')).toContain(secret);
  });

  it('tells of a crash without it, and leaves it in no file but those of the game and the record', async () => {
    await producer.job('console', { serverId: 'a', line: 'crash' });
    await until('the crash was told', () => events().includes('"type":"crashed"'));
    await box.untilStates({ a: 'up' });
    const isAllowed = (path: string): boolean =>
      path === 'definitions/a.secrets' ||
      /^servers\/a\/(?:server\.json(?:\.previous)?|datafile\.json|working\/server\.cfg|runs\/.+\/console)$/.test(path);
    expect(filesWith(box.home, secret).filter((path) => !isAllowed(path))).toEqual([]);
    for (const name of ['server.json', 'datafile.json'])
      expect(statSync(box.file('servers', 'a', name)).mode & 0o777).toBe(0o600);
  });

  it('takes what its game can change while it is up, and has it again after a crash', async () => {
    const changed = await box.pinky(['set', 'a', 'motd=at once']);
    expect(changed).toMatchObject({ code: 0, answer: { live: ['motd'] } });
    expect(changed.answer).not.toHaveProperty('appliesAtNextStart');
    expect((await box.pinky(['explain', 'a'])).answer).not.toHaveProperty('appliesAtNextStart');
    const before = newestRun();
    expect(heard('set motd at once')).toBe(true);
    await producer.job('console', { serverId: 'a', line: 'crash' });
    await until('it was told again', () => newestRun() !== before && heard('set motd at once'));
    expect(box.definition('a')?.settings).toEqual({ motd: 'at once', password: secret, slots: 8 });
  });

  it('says by job, too, what its game took and what waits', async () => {
    const ok = { live: ['motd'], appliesAtNextStart: true };
    const change = { serverId: 'a', settings: { motd: 'by job', slots: 9 } };
    expect(await producer.job('set', change)).toMatchObject({ ok });
    expect(await producer.job('set', { serverId: 'a', settings: { slots: 'many' } })).toEqual({ code: 'bad_settings' });
    expect(await producer.job('set', { serverId: 'a', world: 'new' })).toEqual({ code: 'bad_command' });
    const items = [{ name: 'set', data: change }, { name: 'set', data: { serverId: 'a', sttings: {} } }];
    expect(await producer.items(items.map((item) => JSON.stringify(item)))).toEqual([undefined, 'bad_command']);
    expect((await box.pinky(['explain', 'a'])).answer).toMatchObject({ appliesAtNextStart: true });
  });

  it('keeps what its game has announced, and not against what an operator has changed', async () => {
    await producer.job('console', { serverId: 'a', line: 'announce by the game' });
    await until('the definition has it', () => box.definition('a')?.settings['motd'] === 'by the game');
    expect(box.definition('a')?.settings).toMatchObject({ slots: 9 });
    expect(await box.pinky(['restart', 'a'])).toMatchObject({ code: 0 });
    const datafile = JSON.parse(box.text('servers', 'a', 'datafile.json')) as { settings: object };
    expect(datafile.settings).toEqual({ motd: 'by the game', slots: 9, password: secret });
  });
});

/** The files below a folder that hold a text, by their paths in it. */
function filesWith(dir: string, text: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text))
    .map((path) => relative(dir, path));
}
