import { until } from '@pinky/protocol/testing';
import { expect, expectEqual } from '../expect.mjs';
import { identityOf, isRunning, killHard } from '../processes.mjs';
import { serverId } from '../stage.mjs';

/** kill -9 hits each of Pinky's processes, then all of them at once. The game and its player notice nothing. */
export async function pinkyDies(stage) {
  const { box } = stage;
  for (const role of ['worker', 'queue']) {
    await stage.step(`kill -9 of the ${role}: the supervisor starts another, the player stays`, () =>
      survives(stage, async (before) => {
        await killHard(before[role]);
        const after = await until(`there is a new ${role} that knows the server to be up`, async () => {
          const tree = await box.tree(serverId).catch(() => undefined);
          return tree?.[role] && tree[role] !== before[role] && tree.server?.state === 'up' ? tree : undefined;
        });
        return `pid ${before[role]} → ${after[role]}`;
      }),
    );
  }
  await stage.step('kill -9 of the supervisor, then pinky up again: it adopts them, the player stays', () =>
    survives(stage, async (before) => {
      await killHard(before.supervisor);
      for (const role of ['worker', 'queue', 'redis'])
        expect(isRunning(before[role]), `the ${role} should live on without its supervisor`);
      await box.up();
      const after = await adopted(stage);
      for (const role of ['worker', 'queue', 'redis']) expectEqual(after[role], before[role], `the pid of the ${role}`);
      return `pid ${before.supervisor} → ${after.supervisor}`;
    }),
  );
  await stage.step('kill -9 of supervisor, queue and worker at once, then pinky up again: the player stays', () =>
    survives(stage, async (before) => {
      await Promise.all([before.supervisor, before.queue, before.worker].map(killHard));
      await box.up();
      await adopted(stage);
    }),
  );
}

const adopted = ({ box }) => until('the new supervisor has its worker and queue, and the server is up', async () => {
  const tree = await box.tree(serverId);
  return tree.worker && tree.queue && tree.server?.state === 'up' ? tree : undefined;
});

/** The game and the connection stay the same, and what alice says before, during and after a death arrives once. */
async function survives(stage, death) {
  const { alice, box, queue, game } = stage;
  const before = await box.tree(serverId);
  const spoken = [await stage.sayOnly(alice, 'before')];
  const dying = death(before);
  // A player who speaks through Pinky has to wait until it is back.
  if (game.speaksByItself) spoken.push(await stage.sayOnly(alice, 'meanwhile'));
  const note = await dying;
  spoken.push(await stage.sayOnly(alice, 'afterwards'));
  for (const message of spoken) await queue.once({ type: 'chat', user: 'alice', message });
  expect(alice.isConnected, 'alice should still be connected');
  expectEqual(identityOf(stage.gamePid), stage.gameIdentity, 'the process of the game');
  expectEqual((await stage.job('list')).players, ['alice'], 'the list of players');
  return note;
}
