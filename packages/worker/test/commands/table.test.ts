import { join } from 'node:path';
import {
  commandNames,
  commandRules,
  serverStates,
  type CommandName,
  type CommandRule,
  type ServerState,
} from '@pinky/protocol';
import { tempDir } from '../temp.js';
import { command, FakeServer } from './fake-server.js';

/** The call that obeying a command means for the game. */
const goes: Readonly<Record<CommandName, string>> = {
  start: 'begin given',
  stop: 'stop',
  restart: 'restart',
  backup: 'backup',
  tell: 'say tell',
  kick: 'say kick',
  broadcast: 'say say',
  console: 'say raw',
  list: 'say list',
  rm: 'discard',
  kill: 'stop',
};

/**
 * The calls in the end, by rule; in the rules that wait, once what is under way is over and the server is `next`.
 */
const outcomes: Readonly<
  Record<Extract<CommandRule, string>, { readonly next?: ServerState; readonly calls: (name: CommandName) => string[] }>
> = {
  go: { calls: (name) => [goes[name]] },
  done: { calls: () => [] },
  join: { next: 'up', calls: (name) => (name === 'stop' || name === 'kill' ? ['stop'] : []) },
  cancelStart: { calls: () => ['stop'] },
  atOnce: { calls: () => ['endPause'] },
  afterStart: { next: 'up', calls: (name) => [goes[name]] },
  afterStop: { next: 'down', calls: (name) => [goes[name]] },
  asStart: { calls: () => ['begin recorded'] },
};

describe('every command in every state', () => {
  const dir = tempDir();
  const pairs = commandNames.flatMap((name) =>
    serverStates.map((state) => [name, state, commandRules[name][state]] as const),
  );

  it.each(pairs.filter(([, , rule]) => typeof rule === 'object'))(
    '%s while %s is refused with %j, and nothing is done',
    async (name, state, rule) => {
      const server = new FakeServer(state, join(dir(), 'answers'));
      await expect(server.commands.answer(command(name))).rejects.toMatchObject({
        code: (rule as { reject: string }).reject,
        message: expect.stringContaining(state),
      });
      expect(server.calls).toEqual([]);
    },
  );

  it.each(pairs.filter(([, , rule]) => typeof rule === 'string'))('%s while %s: %s', async (name, state, rule) => {
    const { next, calls } = outcomes[rule as Extract<CommandRule, string>];
    const server = new FakeServer(state, join(dir(), 'answers'), { hasRecord: true });
    const answer = server.commands.answer(command(name));
    await new Promise((resolve) => setImmediate(resolve));
    const waited = next ?? (rule === 'asStart' && state === 'stopping' ? 'down' : undefined);
    if (waited && rule !== 'join') expect(server.calls).toEqual([]);
    if (waited && server.state === state) server.state = waited;
    server.finish();
    const result = await answer;
    const expected = rule === 'asStart' && state === 'crashed' ? ['endPause'] : calls(name);
    expect(server.calls).toEqual(expected);
    expect(result.already).toBe(rule === 'done' ? true : undefined);
  });

  it('backs up the parked world of a server that is down, and else that in its folder', async () => {
    for (const [hasRecord, call] of [[false, 'parked'], [true, 'backup']] as const) {
      const server = new FakeServer('down', join(dir(), `book-${call}`), { hasRecord });
      await server.commands.answer(command('backup'));
      expect(server.calls).toEqual([call]);
    }
  });

  it('refuses to restart a server that was never started', async () => {
    const server = new FakeServer('down', join(dir(), 'answers'));
    await expect(server.commands.answer(command('restart'))).rejects.toMatchObject({ code: 'not_running' });
  });
});
