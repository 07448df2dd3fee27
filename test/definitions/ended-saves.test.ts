import { existsSync, readFileSync } from 'node:fs';
import { assertBuilt } from '../box/real-box';
import { Producer } from '../box/producer';
import { DefinedBox } from './defined-box';

jest.setTimeout(240_000);

describe('a server whose final backup fails', () => {
  const box = new DefinedBox(21_740);
  let producer: Producer;
  beforeAll(async () => {
    assertBuilt();
    await box.up();
    producer = new Producer(box.home);
    const pack = box.pack('broken', { backup: { paths: ['elsewhere'] } });
    expect(await box.pinky(['start', 'a', '--funpack', pack])).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await producer.end();
    await box.end();
  });

  const backupFailed = { code: 'backup_failed', message: expect.stringContaining('holds no file') as string };
  const world = (): string => readFileSync(box.file('servers', 'a', 'working', 'world'), 'utf8');

  it('is down after a stop, which exits with 1 and says where the world is; a start goes on with it', async () => {
    const { code, answer } = await box.pinky(['stop', 'a']);
    expect([code, answer]).toMatchObject([1, {
      state: 'down',
      ended: { code: 0, step: 'command' },
      backupFailed,
      parked: expect.stringContaining('/.parked/a/') as string,
    }]);
    expect((await box.pinky(['explain', 'a'])).answer).toMatchObject({
      state: 'down',
      parked: [{ path: answer.parked, safety: 'unsaved' }],
    });
    const { servers } = (await box.pinky(['ls'])).answer;
    expect(servers).toMatchObject([{ serverId: 'a', parked: [answer.parked] }]);
    expect((await box.pinky(['ps'])).answer.notes).toEqual([
      expect.stringContaining(`no backup holds all of the world of a in ${answer.parked}`),
    ]);
    expect(await box.pinky(['rm', 'a'])).toMatchObject({ code: 1, answer: { error: { code: 'world_unsaved' } } });
    expect(await box.pinky(['start', 'a'])).toMatchObject({ code: 0 });
    expect(world()).toBe('lived\nlived\n');
  });

  it('is named by down, which exits with 1, and comes back with its world', async () => {
    const { code, answer } = await box.pinky(['down']);
    expect([code, answer]).toMatchObject([1, { failed: [{ serverId: 'a', because: backupFailed.message }] }]);
    await box.up();
    await box.untilStates({ a: 'up' });
    expect(world()).toBe('lived\nlived\nlived\n');
  });

  it('has a backup if one is forced, also of the parked world', async () => {
    const size = expect.any(Number) as number;
    expect(await producer.job('backup', { serverId: 'a', force: true })).toMatchObject({ ok: { backup: { size } } });
    expect(await box.pinky(['stop', 'a'])).toMatchObject({ code: 1 });
    const forced = await box.pinky(['backup', 'a', '--force']);
    expect(forced).toMatchObject({ code: 0, answer: { backup: { size } } });
    expect(await box.pinky(['rm', 'a'])).toMatchObject({ code: 0 });
    expect(existsSync(box.file('servers', '.parked', 'a'))).toBe(false);
  });

  it('goes without its world if a stop says so', async () => {
    const pack = box.pack('broken', { backup: { paths: ['elsewhere'] } });
    expect(await box.pinky(['start', 'b', '--funpack', pack])).toMatchObject({ code: 0 });
    expect(await producer.job('stop', { serverId: 'b', discard: true })).toMatchObject({ ok: { state: 'down' } });
    expect(existsSync(box.file('servers', '.parked', 'b'))).toBe(false);
    expect(await box.pinky(['rm', 'b'])).toMatchObject({ code: 0 });
  });
});
