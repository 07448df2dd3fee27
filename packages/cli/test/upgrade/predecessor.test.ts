import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { serversOf } from '../../src/upgrade/predecessor.js';
import { replacedText } from '../../src/upgrade/replace-children.js';

it('counts a game that plays while its worker is dead, or has said nothing yet', async () => {
  const game = spawn('sleep', ['600']);
  await once(game, 'spawn');
  const pid = game.pid!;
  const worker = (serverId: string, status?: object) => ({ role: 'worker', serverId, pid: process.pid, status });
  const children = [worker('told', { pid }), worker('silent'), worker('down', {}), { role: 'queue', pid: 1 }];
  const onDisk = ['silent', 'dead', 'down'].map((serverId) =>
    ({ serverId, record: {}, pid: serverId === 'down' ? undefined : pid, recordedPid: pid }));
  const found = serversOf({ children } as never, onDisk);
  expect(found.map(({ serverId, workerPid, game: seen }) => [serverId, workerPid, seen?.pid])).toEqual([
    ['dead', undefined, pid],
    ['down', process.pid, undefined],
    ['silent', process.pid, pid],
    ['told', process.pid, pid],
  ]);
  const textOf = (id: string): string => replacedText(found.find(({ serverId }) => serverId === id)!, { children: [] });
  expect(textOf('dead')).toBe(`dead has no worker yet, its game (pid ${pid}) runs on`);
  expect(textOf('down')).toBe('down was stopped meanwhile');
  game.kill();
  await once(game, 'exit');
});
