import { expect, expectEqual, expectSoon } from '../expect.mjs';
import { commandLine, isRunning } from '../processes.mjs';
import { serverId } from '../stage.mjs';

/** A box comes up, a game is started through its queue, a player connects and chats. */
export async function beginning(stage) {
  const { box, step } = bind(stage);
  await step('a box with its private Redis is up', async () => {
    const { pid } = await box.up();
    await stage.openQueue();
    return `supervisor ${pid}, home ${box.home}`;
  });
  await step(`${stage.game.title} is started through BullMQ, and says that it is ready`, async () => {
    const { port, pid } = await stage.start();
    for (const type of ['preparing', 'launched', 'started']) await stage.queue.once({ type });
    await recordsAgree(stage, { port, pid });
    return `port ${port}, pid ${pid}`;
  });
  await step('a player connects', async () => {
    stage.alice = await stage.join('alice');
    await stage.queue.once({ type: 'player_connected', user: 'alice' });
    await expectSoon(
      () => stage.queue.redis.smembers(`server:${serverId}:players`),
      ['alice'],
      'the set of players in Redis',
    );
  });
  await step('ps shows who is who', async () => {
    const { supervisor, queue, worker } = await box.tree(serverId);
    const titles = {
      supervisor: 'pinky: supervisor [box 1] 1 server',
      queue: 'pinky: queue [box 1] pinky-1',
      worker: `pinky: worker ${serverId} [${stage.game.name}] up :${stage.port} 1 player`,
    };
    for (const [role, pid] of Object.entries({ supervisor, queue, worker }))
      await expectSoon(() => commandLine(pid), titles[role], `the title of the ${role}`);
    return titles.worker;
  });
  await step('the player chats', () => stage.chat(stage.alice, 'good morning').then((message) => `"${message}"`));
}

const bind = (stage) => ({ box: stage.box, step: stage.step.bind(stage) });

/** The pid file, Redis and the kernel name the same process. */
async function recordsAgree({ box, queue }, { port, pid }) {
  expect(isRunning(pid), `the game's process ${pid} should be there`);
  expectEqual(box.pidFile(serverId), pid, 'the pid file');
  await expectSoon(() => queue.redis.get(`server:${serverId}:state`), 'up', 'the state in Redis');
  await expectSoon(
    async () => JSON.parse(await queue.redis.get(`pinky:1:servers:${serverId}`)),
    { pid, port },
    'pid and port in Redis',
  );
}
