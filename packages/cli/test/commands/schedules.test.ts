import { PinkyError, type ScheduleView } from '@pinky/protocol';
import { cli } from '../cli-run.js';
import { TalkingBox } from '../talking-box.js';

const hourMs = 3_600_000;
const view = (more: Partial<ScheduleView> = {}): ScheduleView => ({
  id: '1a2b3c4d',
  serverId: 's1',
  when: '0 4 * * *',
  tz: 'Europe/Berlin',
  do: ['backup', 'restart'],
  lateMs: 120_000,
  next: Date.now() + 3 * hourMs + 50_000,
  ...more,
});
const missed = { count: 3, first: Date.UTC(2026, 0, 1, 3), last: Date.UTC(2026, 0, 3, 3), because: 'it slept' };

describe('the commands about schedules', () => {
  let box: TalkingBox;
  beforeEach(() => { box = new TalkingBox(); });
  afterEach(() => box.remove());

  const run = (...args: string[]) => cli([...args, '--home', box.home], { cwd: box.home });
  const answers = (answer: object) => box.listenAsQueue({ command: () => answer });
  const sent = (): unknown => box.requests.findLast(({ method }) => method === 'command')?.params;
  const one = { serverId: 's1', schedule: view() };

  it.each([
    [['add', 's1', '0 4 * * *', 'restart', '--warn', '10m,1m', '--tz', 'UTC'],
      {
        name: 'schedule add',
        data: {
          serverId: 's1',
          when: '0 4 * * *',
          do: ['restart'],
          warn: ['10m', '1m'],
          tz: 'UTC',
        },
      }, one],
    [['add', 's1', '@daily', 'broadcast', 'good', 'night', 'then', 'wait', '30s', 'then', 'stop', '--only-if-empty'],
      {
        name: 'schedule add',
        data: {
          serverId: 's1',
          when: '@daily',
          do: [{ broadcast: 'good night' }, { wait: '30s' }, 'stop'],
          players: 'wait',
        },
      }, one],
    [['edit', '1a2b3c4d', '--pause', '--warn', 'none'],
      { name: 'schedule edit', data: { schedule: '1a2b3c4d', paused: true, warn: [] } }, one],
    [['rm', '1a2b3c4d'], { name: 'schedule rm', data: { schedule: '1a2b3c4d' } }, one],
    [['ls'], { name: 'schedule ls', data: {} }, { schedules: [] }],
  ])('schedule %j is sent, with an id that stays the same', async (args, command, answer) => {
    await answers(answer);
    expect(await run('schedule', ...args)).toMatchObject({ code: 0 });
    expect(sent()).toEqual({ ...command, id: expect.stringMatching(/^cli:/) });
  });

  it.each([
    [['add', 's1', '@daily', 'dance'], '"dance" is nothing that a schedule does'],
    [['add', 's1', '@daily', 'restart', 'now'], '"restart now" is nothing'],
    [['add', 's1', '@daily', 'broadcast'], 'broadcast needs a text'],
    [['add', 's1', '@daily', 'stop', '--only-if-empty', '--skip-if-players'], '--only-if-empty and --skip-if-players'],
    [['edit', '1a2b3c4d'], 'say what is to change'],
  ])('schedule %j is refused before anything is sent', async (args, why) => {
    expect(await run('schedule', ...args)).toMatchObject({ code: 2, err: expect.stringContaining(why) });
    expect(sent()).toBeUndefined();
  });

  it('lists what comes, how the last run went, and what was missed', async () => {
    const last = { due: 1, at: Date.now() - 2 * hourMs, outcome: 'failed', because: 'no' } as const;
    await answers({ schedules: [view({ last, missed, players: 'skip' })] });
    const { out, err } = await run('schedule', 'ls');
    expect(out).toMatch(/1a2b3c4d +s1 +0 4 \* \* \* +Europe\/Berlin +backup, then restart +skip if any +in 3h/);
    expect(out).toContain('failed 2h ago');
    expect(err).toContain('schedule 1a2b3c4d of s1 missed 3 runs from 2026-01-01 04:00 to 2026-01-03 04:00: it slept');
  });

  it('exits with 1 where a run failed', async () => {
    const outcome = { due: 1, at: 2, outcome: 'failed', step: 1, code: 'no_space', because: 'full' };
    await answers({ ...one, outcome });
    expect(await run('schedule', 'run', '1a2b3c4d')).toMatchObject({
      code: 1,
      out: 's1 failed in step 2: no_space: full\n',
    });
  });

  it('shows in ps, ls and explain what comes by the clock', async () => {
    const status = {
      serverId: 's1',
      game: 'fake',
      state: 'up',
      wanted: 'up',
      since: 1,
      isBackingUp: false,
      players: [],
      restarts: 0,
    } as const;
    await box.listenAsSupervisor({ ps: () => box.tree([status]) });
    const schedules = [view(), view({ id: 'ffffffff', serverId: 's2', do: ['start'], missed })];
    const explain = (): never => { throw new PinkyError('unsupported', 'no worker'); };
    await box.listenAsQueue({
      servers: () => [status],
      usage: () => ({}),
      redis: () => ({ state: 'connected' }),
      schedules: () => schedules,
      explain,
    });
    const ps = await run('ps');
    expect(ps.out).toContain('backup, then restart in 3h');
    expect(ps.err).toContain('schedule ffffffff of s2 missed 3 runs');
    expect((await run('ls')).out).toContain('backup, then restart in 3h');
    expect((await run('explain', 's1')).out).toContain('  by schedule 1a2b3c4d: backup, then restart in 3h');
    const down = await run('explain', 's2');
    expect(down.out).toMatch(/^s2 is down\n(.*\n)* {2}by schedule ffffffff: start in 3h/);
  });
});
