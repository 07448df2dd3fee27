import { deferred, PinkyError, type BackupView, type CatalogueAsk, type CommandResult } from '@pinky/protocol';
import { Restores } from '../../src/commands/restores.js';

const view = (seconds: number): BackupView => ({
  name: `a.${seconds}.tar.lzo`,
  seconds,
  when: '',
  size: 1,
  kind: 'full',
  isClean: true,
  path: '',
});
const terms = { id: 'job 1', deadlineMs: 1_000 };

/** A restore that writes down what it does, in its order. */
function setup(given: { isUp?: boolean; isThere?: boolean; stop?: () => Promise<CommandResult>; isDone?: boolean }) {
  const { isUp = true, isThere = isUp, isDone = false } = given;
  const did: string[] = [];
  let isHeld = false;
  const restores = new Restores({
    ask: async (ask: CatalogueAsk) => {
      did.push(`${ask.name}${isHeld ? ', held' : ''}`);
      if (ask.name === 'choose') return { backup: view(1), ...(isDone && { newest: view(9), present: view(2) }) };
      return { backup: view(1), newest: view(9), present: view(2) };
    },
    stop: async ({ id, command }) => {
      did.push(`${command.name} as ${id}`);
      return given.stop?.() ?? { serverId: 'a', state: 'down' };
    },
    start: async (serverId, id) => {
      did.push(`start as ${id}${isHeld ? ', held' : ''}`);
      return { serverId, state: 'up', port: 10_000 };
    },
    isThere: () => isThere,
    isWantedUp: () => isUp,
    hold: () => {
      isHeld = true;
      return () => { isHeld = false; };
    },
  });
  return { did, restores, run: () => restores.restore({ serverId: 'a' }, terms) };
}

describe('a restore', () => {
  it('of a server that is up chooses, stops, exchanges while nothing starts it, and starts', async () => {
    const { did, run } = setup({});
    expect(await run()).toMatchObject({ wasStopped: true, state: 'up', port: 10_000, newest: { seconds: 9 } });
    expect(did).toEqual(['choose', 'stop as job 1:stop', 'use, held', 'start as job 1:start']);
  });

  it('of a server that is down only exchanges', async () => {
    const { did, run } = setup({ isUp: false });
    expect(await run()).toMatchObject({ wasStopped: false, state: 'down', present: { seconds: 2 } });
    expect(did).toEqual(['choose', 'use, held']);
  });

  it('of one that failed and left its world backs that up first, by a stop', async () => {
    const { did, run } = setup({ isUp: false, isThere: true });
    expect(await run()).toMatchObject({ wasStopped: true, state: 'down' });
    expect(did).toEqual(['choose', 'stop as job 1:stop', 'use, held']);
  });

  it('changes nothing where the stop fails, and lets the server be started again', async () => {
    const { did, run } = setup({ stop: () => Promise.reject(new PinkyError('backup_failed', 'no')) });
    await expect(run()).rejects.toMatchObject({ code: 'backup_failed' });
    expect(did).toEqual(['choose', 'stop as job 1:stop']);
    await expect(run()).rejects.toMatchObject({ code: 'backup_failed' });
    expect(did[2]).toBe('choose');
  });

  it('that was done before its taker died only starts the server', async () => {
    const { did, run } = setup({ isDone: true });
    expect(await run()).toMatchObject({ state: 'up', newest: { seconds: 9 }, present: { seconds: 2 } });
    expect(did).toEqual(['choose', 'start as job 1:start']);
  });

  it('tells where the world is that its stop could not back up', async () => {
    const backupFailed = { code: 'no_space' as const, message: 'full' };
    const stop = async () => ({ serverId: 'a', state: 'down', backupFailed, parked: '/s/.parked/a/1' });
    expect(await setup({ stop }).run()).toMatchObject({ backupFailed, parked: '/s/.parked/a/1' });
  });

  it('is one at a time', async () => {
    const stopped = deferred<CommandResult>();
    const { run } = setup({ stop: () => stopped.promise });
    const first = run();
    await expect(run()).rejects.toMatchObject({ code: 'not_ready' });
    stopped.resolve({ serverId: 'a', state: 'down' });
    await first;
    await run();
  });
});
