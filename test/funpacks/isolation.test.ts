import { statSync } from 'node:fs';
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
