import { join } from 'node:path';
import { Listener, type ServerStatus } from '@pinky/protocol';
import { startStopContract } from '@pinky/protocol/testing';
import { BoxLinks } from '../src/box-links.js';
import { tempDir } from './temp.js';

const status: ServerStatus = {
  serverId: 'a',
  game: '',
  state: 'down',
  wanted: 'down',
  since: 0,
  isBackingUp: false,
  players: [],
  restarts: 0,
};

describe('the connections of a worker', () => {
  const dir = tempDir();

  it.each(startStopContract(async () => {
    const box = { queueSocket: join(dir(), 'queue.sock'), supervisorSocket: join(dir(), 'supervisor.sock') };
    const listeners = Object.values(box).map((path) => new Listener(path, {}));
    await Promise.all(listeners.map((listener) => listener.start()));
    const part = new BoxLinks({
      serverId: 'a',
      box,
      version: () => '0',
      isRunning: () => false,
      status: () => status,
      onMessage: () => undefined,
      onRequest: () => Promise.resolve(),
      onSupervisorGone: () => undefined,
      onQueueGone: () => undefined,
    });
    return {
      part,
      running: () => [part.queue, part.supervisor].filter(({ peer }) => peer !== undefined).length,
      cleanUp: async () => void await Promise.all(listeners.map((listener) => listener.stop())),
    };
  }))('%s', (_rule, keeps) => keeps());
});
