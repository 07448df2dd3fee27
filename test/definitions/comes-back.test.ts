import { readdirSync } from 'node:fs';
import { assertBuilt } from '../box/real-box';
import { until } from '@pinky/protocol/testing';
import { DefinedBox } from './defined-box';

describe('a box that goes down with servers up', () => {
  const box = new DefinedBox(21_760);
  beforeAll(async () => {
    assertBuilt();
    const pack = box.pack('first');
    await box.up();
    for (const id of ['a', 'b', 'c'])
      expect(await box.pinky(['start', id, '--funpack', pack, '--set', `motd=${id}`])).toMatchObject({ code: 0 });
    expect(await box.pinky(['stop', 'c'])).toMatchObject({ code: 0 });
  });
  afterAll(() => box.end());

  const ports = (): (number | undefined)[] => ['a', 'b', 'c'].map((id) => box.definition(id)?.port);

  it('starts them again after TERM, and not those that were stopped', async () => {
    const before = ports();
    await box.term();
    expect(readdirSync(box.servers)).toEqual(['.parked']);
    await box.up();
    await box.untilStates({ a: 'up', b: 'up' });
    expect(ports()).toEqual(before);
    expect(['a', 'b', 'c'].map((id) => box.definition(id)?.wanted)).toEqual(['up', 'up', 'down']);
  });

  it('starts them again after `pinky down`, also with what was changed meanwhile', async () => {
    expect(await box.pinky(['start', 'a', '--set', 'motd=changed'])).toMatchObject({ code: 0 });
    expect(await box.pinky(['down'])).toMatchObject({ code: 0 });
    await box.up();
    await box.untilStates({ a: 'up', b: 'up' });
    const [run = ''] = readdirSync(box.file('servers', 'a', 'runs'));
    await until('it has told', () => box.text('servers', 'a', 'runs', run, 'console').includes('"motd":"changed"'));
  });

  it('starts none of them with --no-start, until somebody asks', async () => {
    expect(await box.pinky(['down'])).toMatchObject({ code: 0 });
    await box.up('--no-start');
    expect(await box.pinky(['reload'])).toMatchObject({ code: 0 });
    expect(await box.pinky(['start', 'b'])).toMatchObject({ code: 0 });
    expect(await box.states()).toEqual({ b: 'up' });
    expect((await box.pinky(['ls'])).answer.servers).toMatchObject([
      { serverId: 'a', wanted: 'up', state: 'down' },
      { serverId: 'b', wanted: 'up', state: 'up' },
      { serverId: 'c', wanted: 'down', state: 'down' },
    ]);
  });

  it('relaunches with --no-start nothing that died with the machine, and does so with the next up', async () => {
    await box.pinky(['start', 'a']);
    // The machine's end: everything at once.
    box.killAll();
    await until('every process has ended', () => box.processes().length === 0);
    await box.up('--no-start');
    expect(Object.values(await box.states()).every((state) => state === 'not running')).toBe(true);
    expect(await box.pinky(['down'])).toMatchObject({ code: 0 });
    await box.up();
    await box.untilStates({ a: 'up', b: 'up' });
  });

  it('keeps a server down whose worker alone got TERM', async () => {
    const { servers } = (await box.pinky(['ps'])).answer as { servers: { worker: { pid: number } }[] };
    process.kill(servers[0]?.worker.pid ?? 0, 'SIGTERM');
    await box.untilStates({ b: 'up' });
    expect(box.definition('a')).toMatchObject({ wanted: 'down' });
  });
});
