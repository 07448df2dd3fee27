import { until } from '@pinky/protocol/testing';
import { expect, expectEqual } from '../expect.mjs';
import { killHard } from '../processes.mjs';
import { serverId } from '../stage.mjs';

/** After kill -9 the game comes back by itself. */
export async function gameDies(stage) {
  const { box, queue } = stage;
  await stage.step('kill -9 of the game', async () => {
    const killedAt = Date.now();
    await killHard(stage.gamePid);
    const crashed = await queue.once({ type: 'crashed' });
    expectEqual(crashed.signal, 'SIGKILL', 'the signal in the crashed event');
    const launched = await queue.event({ type: 'launched' }, { skip: 1 });
    const started = await queue.event({ type: 'started' }, { skip: 1 });
    expect(launched.pid !== stage.gamePid, 'the game should have a new pid');
    expectEqual(
      await until(
        'the pid file names the new process',
        () => box.pidFile(serverId) !== stage.gamePid && box.pidFile(serverId),
      ),
      launched.pid,
      'the pid file',
    );
    stage.rememberGame(launched.pid);
    return `runs again after ${Date.parse(launched.ts) - killedAt} ms, ready after ` +
      `${Date.parse(started.ts) - killedAt} ms (pid ${launched.pid})`;
  });
  await stage.step('the player connects again', async () => {
    // Over UDP no connection can break: the player sees a world that stands still, and leaves it.
    await (stage.game.noticesDeath ? stage.alice.closed : stage.alice.leave());
    stage.alice = await stage.join('alice');
    await queue.event({ type: 'player_connected', user: 'alice' }, { skip: 1 });
    await stage.chat(stage.alice, 'what was that?');
  });
}
