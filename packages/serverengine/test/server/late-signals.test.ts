import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { compiled, RunningServer } from './running-server';

const notes = resolve(__dirname, 'programs/notes.cjs');
beforeAll(compiled);

let server: RunningServer;
beforeEach(() => (server = new RunningServer()));
afterEach(() => server.end());

const start = (config: object): RunningServer => {
  writeFileSync(join(server.directory, 'config.json'), JSON.stringify(config));
  return server.start(notes);
};
const late = ['SIGUSR1', 'SIGUSR2', 'SIGHUP', 'SIGQUIT', 'SIGINT', 'SIGTERM'] as const;

describe('a signal that comes when a server has stopped', () => {
  it.each(late)('%s changes nothing: the server says how it ended', async (endsWith) => {
    start({ workerType: 'embedded', endsWith });
    await server.logged(/worker.runs/);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
  });

  it.each([
    ['embedded', false],
    ['thread', false],
    ['process', false],
    ['spawn', false],
    ['process', true],
  ])('and any number of all of them: type %s, supervisor %s', async (workerType, supervisor) => {
    start({ workerType, supervisor });
    await server.logged(/worker.runs/);
    server.signal('SIGTERM');
    const end = server.exit();
    let isOver = false;
    void end.then(() => { isOver = true; });
    for (let index = 0; !isOver; index += 1) {
      server.signal(late[index % late.length] ?? 'SIGTERM');
      await setTimeout(1); // more would only keep the server busy with signals
    }
    expect(await end).toBe(0);
  });
});
