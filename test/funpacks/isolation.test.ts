import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { hasNamespaces, lacksUsers } from '@pinky/jail';
import { assertBuilt, RealBox } from '../box/real-box';
import { LinePlayer } from './line-player';

/** Only root can give games users of their own. */
const whereUsers = lacksUsers() === undefined ? describe : describe.skip;
const kinds = ['user', ...(hasNamespaces() ? ['strict'] : [])];

whereUsers.each(kinds)('a game that ships, under `isolation: %s`', (kind) => {
  let box: RealBox;
  let player: LinePlayer | undefined;
  beforeAll(() => {
    assertBuilt();
    box = new RealBox(`isolation: ${kind}\nports: {first: 21960, step: 7, count: 5}\n`);
  });
  afterAll(async () => {
    player?.leave();
    await box.end();
  });

  it('starts as a user of its own, is played, is backed up, and goes on with its world', async () => {
    expect(await box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
    const start = ['start', 'a', '--funpack', 'emberhollow', '--set', 'motd=kept apart'];
    const { answer } = await box.pinky(start);
    expect(answer).toMatchObject({ state: 'up', port: expect.any(Number) });
    expect(statSync(`/proc/${answer.pid}`).uid).toBeGreaterThanOrEqual(65_536);
    player = new LinePlayer(answer.port, 'alice');
    await player.hears('Hello alice');
    expect(await box.pinky(['tell', 'a', 'alice', 'dinner is ready'])).toMatchObject({ code: 0 });
    await player.hears('dinner is ready');
    expect(await box.pinky(['stop', 'a'])).toMatchObject({ answer: { state: 'down', backup: { kind: 'full' } } });
    expect(await box.pinky(['start', 'a', '--world', 'new'])).toMatchObject({ answer: { state: 'up' } });
    expect(await box.pinky(['stop', 'a', '--discard'])).toMatchObject({ answer: { state: 'down' } });
    const { answer: restored } = await box.pinky(['restore', 'a']);
    expect(restored).toMatchObject({ serverId: 'a' });
    expect(await box.pinky(['start', 'a'])).toMatchObject({ answer: { state: 'up' } });
    expect(await box.pinky(['down'])).toMatchObject({ code: 0 });
  });
});

whereUsers('a home whose pinky.yml says nothing of isolation', () => {
  let box: RealBox;
  beforeEach(() => {
    assertBuilt();
    box = new RealBox('ports: {first: 21860, step: 7, count: 5}\n');
    rmSync(box.file('isolation')); // the other tests choose none
  });
  afterEach(() => box.end());
  const userOf = (pid: number): number => statSync(`/proc/${pid}`).uid;

  it('has the strictest that works here, and keeps that', async () => {
    expect(await box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
    expect(readFileSync(box.file('isolation'), 'utf8').split('\n')[0]).toBe(kinds.at(-1));
    const { answer } = await box.pinky(['start', 'a', '--funpack', 'emberhollow']);
    expect(answer).toMatchObject({ state: 'up' });
    expect(userOf(answer.pid)).toBeGreaterThanOrEqual(65_536);
    expect((await box.pinky(['ps'])).answer.notes).toEqual([]);
    expect(await box.pinky(['stop', 'a'])).toMatchObject({ answer: { state: 'down', backup: { kind: 'full' } } });
    expect(await box.pinky(['down'])).toMatchObject({ code: 0 });
  });

  it('keeps none where it is older than that, says so, and tries a launch without touching the game', async () => {
    mkdirSync(box.file('log')); // as every version makes it
    expect(await box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
    expect(existsSync(box.file('isolation'))).toBe(false);
    const { answer } = await box.pinky(['start', 'a', '--funpack', 'emberhollow']);
    expect(userOf(answer.pid)).toBe(0);
    expect((await box.pinky(['ps'])).answer.notes).toEqual([expect.stringContaining('games run as root')]);
    const tried = await box.pinky(['isolate', 'a', '--dry-run']);
    expect(tried).toMatchObject({ code: 0, answer: { servers: [{ serverId: 'a', runsUnder: 'none' }] } });
    const changes = tried.answer.servers[0].trials.flatMap((trial: { changes: string[] }) => trial.changes);
    expect(changes).toContainEqual(expect.stringMatching(/files and folders in .*working .* become those of user \d+/));
    const { servers } = (await box.pinky(['status', 'a'])).answer;
    expect(servers).toEqual([expect.objectContaining({ state: 'up', pid: answer.pid })]);
    expect([statSync(box.home).mode & 0o777, userOf(answer.pid)]).toEqual([0o700, 0]);
    expect(await box.pinky(['down'])).toMatchObject({ code: 0 });
  });
});
