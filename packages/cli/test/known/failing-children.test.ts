import { cli } from '../cli-run.js';
import { TalkingBox } from '../talking-box.js';

describe('a child that ends again and again', () => {
  let box: TalkingBox;
  beforeEach(() => { box = new TalkingBox(); });
  afterEach(() => box.remove());

  const failing = (role: string, times = 4) => ({
    role,
    state: 'backingOff',
    restarts: times,
    failure: { times, message: 'junk in it', remedy: 'remove it', log: '/log/it.log' },
  });
  const children = async (...those: readonly object[]): Promise<void> => box.listenAsSupervisor({
    ps: () => ({ box: '1', version: '0.1.0', pid: process.pid, since: Date.now(), children: those }),
  });

  it.each([['queue', 'the queue'], ['redis', 'redis-server']])('is bad to doctor, if it is %s', async (role, named) => {
    await children(failing(role));
    const { code, out } = await cli(['doctor', '--json', '--home', box.home]);
    expect(code).toBe(1);
    expect(JSON.parse(out).findings).toContainEqual({
      name: role,
      level: 'bad',
      found: `${named} cannot start, 4 times by now: junk in it`,
      fix: 'remove it',
    });
  });

  it.each(['api', 'webhooks'])('is only odd, if it is %s', async (role) => {
    await children(failing(role));
    const { out } = await cli(['doctor', '--json', '--home', box.home]);
    expect(JSON.parse(out).findings).toContainEqual(expect.objectContaining({ name: role, level: 'odd' }));
  });

  it('is in a note of ps, in the place of the guess', async () => {
    await children(failing('queue'));
    const { out } = await cli(['ps', '--json', '--home', box.home]);
    expect(JSON.parse(out).notes[0]).toBe(
      'the queue cannot start, 4 times by now: junk in it; remove it. It is tried again by itself, and games keep ' +
        'running',
    );
    expect(out).not.toContain('the queue does not answer');
  });

  it('is told of beside a version whose folder was removed, in ps and doctor', async () => {
    await box.listenAsSupervisor({
      ps: () => ({ box: '1', version: '0.1.0', pid: process.pid, since: 0, children: [], removed: '/opt/pinky-1' }),
    });
    const said = '/opt/pinky-1, with the programs of the version that runs, was removed';
    expect((await cli(['ps', '--home', box.home])).err).toContain(said);
    expect(await cli(['doctor', '--home', box.home])).toMatchObject({ code: 1, out: expect.stringContaining(said) });
  });

  it('is not meant where it ended once', async () => {
    await children(failing('queue', 1));
    const { out } = await cli(['doctor', '--home', box.home]);
    expect(out).not.toContain('cannot start');
    expect(out).toMatch(/odd +queue +no process of it runs just now/); // whatever this process finds at Redis
  });
});
