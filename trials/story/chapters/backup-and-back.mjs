import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { until } from '@pinky/protocol/testing';
import { expect, expectEqual } from '../expect.mjs';
import { isRunning } from '../processes.mjs';
import { serverId } from '../stage.mjs';

/** A player changes the world. It is backed up, stopped, and started again from the backup: it is as it was. */
export async function backupAndBack(stage) {
  const { alice, box, game, queue } = stage;
  await stage.step(`the player changes the world: ${game.mark}`, () => game.leaveMark(stage));
  await stage.step('backup', async () => {
    const { backup } = await stage.job('backup');
    await isWhole(stage, backup, 1);
    return describe(backup);
  });
  await stage.step('stop, with a final backup, leaves nothing behind', async () => {
    const { worker } = await box.tree(serverId);
    const { backup } = await stage.job('stop');
    await isWhole(stage, backup, 2);
    await queue.once({ type: 'stopped' });
    await alice.closed;
    await nothingLeft(stage, worker);
    return describe(backup);
  });
  await stage.step('start again from the backup', async () => {
    const { port, pid } = await stage.start();
    await queue.once({ type: 'restored' });
    stage.alice = await stage.join('alice');
    return `port ${port}, pid ${pid}`;
  });
  await stage.step('the world is as it was', () => game.findMark(stage));
  await stage.step('stop', async () => {
    await stage.job('stop');
    await stage.alice.closed;
  });
}

const describe = ({ url, size }) => `${size.toLocaleString('en')} bytes, ${url.split('/').at(-1)}`;

/** The answer and the `n`th event say the same, and the file has that size and SHA-256. */
async function isWhole({ queue }, backup, n) {
  const event = await queue.event({ type: 'backed_up' }, { skip: n - 1 });
  expectEqual(
    { url: event.url, size: event.size, sha256: event.sha256 },
    { url: backup.url, size: backup.size, sha256: backup.sha256 },
    'the backed_up event',
  );
  const path = fileURLToPath(backup.url);
  expectEqual(statSync(path).size, backup.size, `the size of ${path}`);
  expectEqual(createHash('sha256').update(readFileSync(path)).digest('hex'), backup.sha256, `the SHA-256 of ${path}`);
}

/** No process, file or key of the server is left, and nobody answers on its port. */
async function nothingLeft({ box, queue, gamePid, port }, worker) {
  for (const [what, pid] of Object.entries({ game: gamePid, worker }))
    await until(`the ${what} (pid ${pid}) is gone`, () => !isRunning(pid));
  expectEqual(box.filesOf(serverId), [], 'what is left of the server on the disk');
  const keys = (await queue.redis.keys('*')).filter(
    (key) =>
      key === `pinky:1:servers:${serverId}` || [`server:${serverId}:state`, `server:${serverId}:players`].includes(key),
  );
  expectEqual(keys, [], 'the keys of the server in Redis');
  expect(!(await answers(port)), `nobody should answer on port ${port}`);
}

const answers = (port) => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1', () => {
    socket.destroy();
    resolve(true);
  });
  socket.once('error', () => resolve(false));
});
