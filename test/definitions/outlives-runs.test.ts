import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { until } from '@pinky/protocol/testing';
import { assertBuilt } from '../box/real-box';
import { Producer } from '../box/producer';
import { DefinedBox } from './defined-box';

describe('a server that was defined', () => {
  const box = new DefinedBox(21_700);
  let producer: Producer;
  let pack: string;
  beforeAll(async () => {
    assertBuilt();
    pack = box.pack('first');
    await box.up();
    producer = new Producer(box.home);
  });
  afterAll(async () => {
    await producer.end();
    await box.end();
  });

  const told = async (id: string): Promise<string> =>
    ((await box.pinky(['list', id])).code, box.text('servers', id, 'runs', runsOf(id).at(-1) ?? '', 'console'));
  const runsOf = (id: string): string[] => readdirSync(box.file('servers', id, 'runs')).sort();

  it('is started with its id alone after a stop, with funpack, settings, memory and port', async () => {
    const first = await box.pinky(['start', 'a', '--funpack', pack, '--set', 'motd=hello', '--ram', '64:128']);
    expect(first).toMatchObject({ code: 0, answer: { state: 'up' } });
    expect(await box.pinky(['stop', 'a'])).toMatchObject({ code: 0, answer: { state: 'down' } });
    expect(existsSync(box.file('servers', 'a'))).toBe(false);
    expect(box.definition('a')).toMatchObject({ wanted: 'down', settings: { motd: 'hello' }, ram: { min: 64 } });
    expect(await box.pinky(['start', 'a'])).toMatchObject({ code: 0, answer: { port: first.answer.port } });
    expect(await told('a')).toContain('"motd":"hello"');
    expect(box.definition('a')).toMatchObject({ wanted: 'up' });
    expect(box.definition('a')).not.toHaveProperty('world');
  });

  it('is done already if it is up and nothing else is asked for, by command line and job', async () => {
    for (const data of [{}, { settings: { motd: 'hello' } }, { funpack: pack }])
      expect(await producer.job('start', { serverId: 'a', ...data })).toMatchObject({ ok: { already: true } });
    const { answer } = await box.pinky(['start', 'a', '--funpack', pack, '--set', 'motd=hello']);
    expect(answer).not.toHaveProperty('appliesAtNextStart');
  });

  it('takes other settings while it is up, and has them at its next start', async () => {
    const changed = await box.pinky(['start', 'a', '--set', 'motd=later']);
    expect(changed).toMatchObject({ code: 0, answer: { already: true, appliesAtNextStart: true } });
    expect(await told('a')).toContain('"motd":"hello"');
    expect((await box.pinky(['ls'])).answer.servers).toMatchObject([{ serverId: 'a', appliesAtNextStart: true }]);
    expect(await box.pinky(['restart', 'a'])).toMatchObject({ code: 0 });
    expect(await told('a')).toContain('"motd":"later"');
    expect((await box.pinky(['start', 'a'])).answer).not.toHaveProperty('appliesAtNextStart');
  });

  it('is changed by `set`, which starts nothing, up or down', async () => {
    const changed = await box.pinky(['set', 'a', 'motd=by-set']);
    expect(changed).toMatchObject({ code: 0, answer: { appliesAtNextStart: true } });
    expect(await told('a')).toContain('"motd":"later"');
    expect((await box.pinky(['explain', 'a'])).answer).toMatchObject({ appliesAtNextStart: true });
    expect(await box.pinky(['restart', 'a'])).toMatchObject({ code: 0 });
    expect(await told('a')).toContain('"motd":"by-set"');
    expect(await box.pinky(['set', 'a', 'motd=by-set'])).toMatchObject({ code: 0, answer: { already: true } });
    await box.pinky(['stop', 'a']);
    expect(await box.pinky(['set', 'a', '--unset', 'motd', '--ram', '32:128'])).toMatchObject({ code: 0 });
    expect(box.definition('a')).toMatchObject({ wanted: 'down', ram: { min: 32, max: 128 } });
    expect(box.definition('a')?.settings).toEqual({});
    for (const [args, code] of [
      [['a', 'mtod=x'], 'bad_settings'],
      [['a', 'motd=[1]'], 'bad_settings'],
      [['a', 'motd'], 'bad_command'],
      [['a'], 'bad_command'],
      [['nobody', 'motd=x'], 'not_found'],
      [['a', '--unset', 'motd'], 'bad_settings'],
      [['a', 'motd=x', 'motd=y'], 'bad_command'],
      [['a', 'motd=x', '--unset', 'motd'], 'bad_command'],
    ] as const)
      expect(await box.pinky(['set', ...args])).toMatchObject({ answer: { error: { code } } });
    expect(await box.pinky(['start', 'a', '--set', 'motd=later'])).toMatchObject({ code: 0 });
  });

  it('refuses another world or funpack while it is up, and settings that are wrong', async () => {
    const before = box.definition('a');
    for (const [args, code] of [
      [['--world', 'new'], 'already_up'],
      [['--world', box.file('x.tar.lzo')], 'already_up'],
      [['--funpack', 'emberhollow'], 'already_up'],
      [['--set', 'motd=[1]'], 'bad_settings'],
    ] as const)
      expect(await box.pinky(['start', 'a', ...args])).toMatchObject({ code: 1, answer: { error: { code } } });
    expect(box.definition('a')).toEqual(before);
  });

  it('is restarted although it is down, and one that nobody knows is not', async () => {
    await box.pinky(['stop', 'a']);
    expect(await producer.job('restart', { serverId: 'a' })).toMatchObject({ ok: { state: 'up' } });
    expect(await box.pinky(['restart', 'nobody'])).toMatchObject({ answer: { error: { code: 'not_running' } } });
    expect(await box.pinky(['start', 'nobody'])).toMatchObject({ code: 2, answer: { error: { code: 'bad_command' } } });
    expect(box.definition('nobody')).toBeUndefined();
  });

  it('has links to its funpack and its backups while it runs, and a history that outlives its runs', async () => {
    const [funpack, backups] = ['funpack', 'backup'].map((name) => readlinkSync(box.file('servers', 'a', name)));
    expect([funpack, existsSync(box.file('servers', 'a', 'funpack', 'funpack.json'))]).toEqual([pack, true]);
    expect(backups).toBe(box.file('backups', 'worlds', 'a'));
    const runs = runsOf('a');
    process.kill(Number(box.text('servers', 'a.pid')), 'SIGKILL');
    await until('it was launched again', () => runsOf('a').some((run) => !runs.includes(run)));
    await box.untilStates({ a: 'up' });
    const { answer } = await box.pinky(['stop', 'a']);
    expect(answer).toMatchObject({ state: 'down' });
    expect(existsSync(box.file('servers', 'a'))).toBe(false);
    expect(await box.pinky(['logs', 'a', '-n', '1'])).toMatchObject({ code: 0, answer: { line: 'heard stop' } });
    const kept = box.file('history', 'a', 'console');
    const console = readdirSync(kept).map((name) => box.text('history', 'a', 'console', name)).join('');
    expect(console.split('"event":"started"').length).toBeGreaterThan(2);
    const journals = readdirSync(box.file('history', 'a', 'journal')).map((name) =>
      box.text('history', 'a', 'journal', name),
    );
    expect(journals.join('')).toContain('"type":"crashed"');
    expect(await box.pinky(['start', 'a'])).toMatchObject({ code: 0 });
  });

  it('is forgotten by rm, once it is down', async () => {
    expect(await box.pinky(['rm', 'a'])).toMatchObject({ code: 1, answer: { error: { code: 'already_up' } } });
    const { answer } = await box.pinky(['stop', 'a']);
    const backup = new URL(answer.backup.url).pathname;
    expect(await box.pinky(['rm', 'a'])).toMatchObject({ code: 0, answer: { state: 'down' } });
    expect([box.definition('a'), existsSync(backup), existsSync(box.file('history', 'a'))]).toEqual([
      undefined,
      true,
      false,
    ]);
    expect(await box.pinky(['rm', 'a', '--with-backups'])).toMatchObject({ code: 0 });
    expect(existsSync(backup)).toBe(false);
    expect(await producer.job('rm', { serverId: 'a' })).toMatchObject({ ok: { already: true } });
    expect((await box.pinky(['ls'])).answer).toEqual({ servers: [] });
  });
});
