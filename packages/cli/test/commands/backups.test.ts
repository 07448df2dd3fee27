import { join } from 'node:path';
import type { BackupView } from '@pinky/protocol';
import { PinkyError } from '@pinky/protocol';
import { cli } from '../cli-run.js';
import { TalkingBox } from '../talking-box.js';

const seconds = Math.floor(Date.now() / 1_000) - 7_200;
const view = (more: Partial<BackupView> = {}): BackupView => ({
  name: `s1.${seconds}.tar.lzo`,
  seconds,
  when: '2026-11-29T18:00:03+01:00',
  size: 1_610_612_736,
  kind: 'full',
  isClean: true,
  path: `/b/worlds/s1/s1.${seconds}.tar.lzo`,
  ...more,
});

describe('the commands about backups', () => {
  let box: TalkingBox;
  beforeEach(() => { box = new TalkingBox(); });
  afterEach(() => box.remove());

  const run = (...args: string[]) => cli([...args, '--home', box.home], { cwd: box.home });
  const answers = (answer: object | (() => never)) =>
    box.listenAsQueue({ command: () => (typeof answer === 'function' ? answer() : answer) });
  const sent = (): unknown => box.requests.findLast(({ method }) => method === 'command')?.params;
  const one = { serverId: 's1', backup: view({ pinnedUntil: 'ever' }) };

  it.each([
    [['backups'], { name: 'backups', data: {} }, { servers: [] }],
    [['backups', 's1'], { name: 'backups', data: { serverId: 's1' } }, { servers: [] }],
    [['pin', 's1'], { name: 'pin', data: { serverId: 's1' } }, one],
    [['pin', 's1', '17', '--days', '3', '--because', 'a castle'],
      { name: 'pin', data: { serverId: 's1', which: '17', days: 3, because: 'a castle' } }, one],
    [['unpin', 's1', 'latest'], { name: 'unpin', data: { serverId: 's1', which: 'latest' } }, one],
    [['verify', 's1', '--at', '2 days ago'], { name: 'verify', data: { serverId: 's1', at: '2 days ago' } }, one],
    [['backups', 'rm', 's1', '17', '--discard'],
      { name: 'backups rm', data: { serverId: 's1', which: '17', discard: true } }, one],
  ])('%j are sent', async (args, command, answer) => {
    await answers(answer);
    expect((await run(...args)).code).toBe(0);
    expect(sent()).toEqual(command);
  });

  it('write a backup into a file that is named from where the command was given', async () => {
    await answers({ ...one, file: '/x', size: 1, sha256: 'ab' });
    expect((await run('backups', 'get', 's1', 'latest', 'world.tar.lzo')).out).toContain('/x (1 B, sha256 ab): ');
    expect(sent()).toMatchObject({ data: { which: 'latest', file: join(box.home, 'world.tar.lzo') } });
  });

  it.each([
    [['restore', 's1', '17', '--at', '18:00'], 'name a backup (17) or give a time (--at 18:00), but not both'],
    [['backups', 'rm', 's1'], 'backups rm: say which'],
    [['pin', 's1', '--days', 'x'], 'pin: --days x is no whole number of days'],
    [['restore', '../s1'], 'server id'],
  ])('%j is refused before anything is sent', async (args, why) => {
    expect(await run(...args)).toMatchObject({ code: 2, err: expect.stringContaining(why) });
    expect(sent()).toBeUndefined();
  });

  it('list backups in a table, with what is odd about them below', async () => {
    const increment = view({ seconds: seconds + 9, kind: 'incremental', isClean: false, problem: 'no_base: gone' });
    const pinned = view({ pinnedUntil: Date.now() + 30 * 86_400_000 - 1_000, because: 'a castle', verifiedAt: 1 });
    await answers({ servers: [
      { serverId: 's1', backups: [increment, { ...pinned, copies: ['s3://b'] }] },
      { serverId: 's2', isGone: true, backups: [view({ unchangedAt: Date.now() - 90_000 })] },
    ] });
    const lines = (await run('backups')).out.split('\n');
    expect(lines[0]).toBe('s1: 2 in /b/worlds/s1, 3 GiB');
    expect(lines[1]).toMatch(/^WHICH +WHEN +AGE +SIZE +KIND +CLEAN +PINNED +VERIFIED +COPIES$/);
    expect(lines[2]).toMatch(/ 2026-11-29 18:00:03 +(1h 59m|2h( \d+s)?) ago +1.5 GiB +incremental +no +DAMAGED +0$/);
    expect(lines[3]).toMatch(/ 2h( \d+s)? ago +1.5 GiB +full +yes +29d 23h +yes +1$/);
    expect(lines.join('\n')).toMatch(/ 2h( \d+s)? ago, unchanged 1m 3[01]s ago +1.5 GiB/); // of the same backup
    expect(lines.slice(4, 6)).toEqual([
      `${seconds + 9} is damaged: no_base: gone`,
      `${seconds} is pinned: a castle`,
    ]);
    expect(lines).toContain('s2 (nothing but its backups is left of this server): 1 in /b/worlds/s1, 1.5 GiB');
  });

  it('tell all that a restore did, and how to undo it', async () => {
    const done = {
      serverId: 's1',
      backup: view(),
      newest: view({ seconds: seconds + 99 }),
      present: view({ seconds: seconds + 7_000 }),
      wasStopped: true,
      state: 'up',
      port: 10_000,
    };
    await answers(done);
    expect((await run('restore', 's1', '17')).out.split('\n').slice(0, 5)).toEqual([
      expect.stringMatching(/^s1 goes on from \d+, of 2026-11-29 18:00:03 \(2h( \d+s)? ago\), full, 1.5 GiB$/),
      'the game was stopped',
      expect.stringMatching(/^the world before is \d+, of .*; it is pinned for 30 days$/),
      `to undo this: \`pinky restore s1 ${seconds + 7_000}\``,
      'it is up on port 10000',
    ]);
    expect(sent()).toMatchObject({ name: 'restore', data: { serverId: 's1', which: '17' } });
  });

  it('tell of a server that stays down, and of one that did not start', async () => {
    const done = { serverId: 's1', backup: view(), newest: view({ seconds: 5 }), wasStopped: false, state: 'down' };
    await answers(done);
    expect((await run('restore', 's1')).out).toContain('it is down, and its next start takes 5\n');
    await box.remove();
    box = new TalkingBox();
    await answers({ ...done, state: 'failed', notStarted: { code: 'no_space', message: 'the disk is full' } });
    expect(await run('restore', 's1')).toMatchObject({
      code: 1,
      err: expect.stringContaining('the world is restored, but s1 did not start: the disk is full'),
    });
  });

  it('pass on why nothing was done', async () => {
    await answers(() => { throw new PinkyError('unclean_backup', 'the newest may be torn'); });
    expect(await run('restore', 's1')).toMatchObject({ code: 1, err: expect.stringContaining('unclean_backup') });
  });
});
