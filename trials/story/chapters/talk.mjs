import { expect, expectEqual, expectSoon } from '../expect.mjs';
import { serverId } from '../stage.mjs';

/** The host's orders about players: list, tell, broadcast, kick. */
export async function talk(stage) {
  const { alice } = stage;
  const bob = await stage.join('bob');
  await stage.step('list names both players', async () => {
    await stage.queue.once({ type: 'player_connected', user: 'bob' });
    const { players } = await stage.job('list');
    expectEqual([...players].sort((a, b) => (a < b ? -1 : 1)), ['alice', 'bob'], 'the list of players');
    return players.join(', ');
  });
  await stage.step('tell reaches one player', async () => {
    await stage.job('tell', { user: 'alice', message: 'only for you' });
    await alice.heard('only for you');
  });
  await stage.step('broadcast reaches both', async () => {
    await stage.job('broadcast', { message: 'dinner is ready' });
    await Promise.all([alice, bob].map((player) => player.heard('dinner is ready')));
    await expectSilence(bob, 'only for you');
  });
  await stage.step('kick throws one out, with its reason', async () => {
    await stage.job('kick', { user: 'bob', message: 'be good' });
    const reason = await bob.kicked;
    expect(
      reason.includes('be good'),
      `the reason that bob saw should hold "be good", and is ${JSON.stringify(reason)}`,
    );
    await bob.closed;
    await stage.queue.once({ type: 'player_disconnected', user: 'bob' });
    await expectSoon(
      () => stage.queue.redis.smembers(`server:${serverId}:players`),
      ['alice'],
      'the set of players in Redis',
    );
    expect(alice.isConnected, 'alice should still be connected');
  });
}

async function expectSilence(player, text) {
  const wasHeard = await player.heard(text, 1).then(() => true, () => false);
  expect(!wasHeard, `${player.name} should not have heard "${text}"`);
}
