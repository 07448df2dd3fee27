import { commandNames, commandRules, serverStates, type CommandName, type ServerState } from '@pinky/protocol';
import { goOn, inState } from '../fakes/states.js';
import { tempDir } from '../temp.js';

/** The data that a command needs beside its server. */
const data: Readonly<Partial<Record<CommandName, object>>> = {
  tell: { user: 'ann', message: 'hi' },
  kick: { user: 'ann', message: 'hi' },
  broadcast: { message: 'hi' },
  console: { line: 'raw' },
  kill: { kill: true },
};

/** Where the server is in the end, once everything has had its time. */
type EndOf = Readonly<Partial<Record<CommandName, ServerState>>> & { readonly else: ServerState };
const endsIn: Readonly<Record<ServerState, EndOf>> = {
  down: { start: 'up', else: 'down' },
  preparing: { stop: 'down', kill: 'down', else: 'up' },
  starting: { stop: 'down', kill: 'down', else: 'up' },
  up: { stop: 'down', kill: 'down', else: 'up' },
  stopping: { start: 'up', restart: 'up', else: 'down' },
  crashed: { start: 'up', restart: 'up', stop: 'down', kill: 'down', else: 'crashed' },
  failed: { start: 'up', restart: 'up', stop: 'down', kill: 'down', rm: 'down', else: 'failed' },
};

/** Pairs that the table lets through and that are refused all the same: nothing is there to start or to back up. */
const refused: Readonly<Record<string, string>> = {
  'restart down': 'not_running',
  'backup down': 'no_world',
  'backup failed': 'no_world',
};

describe('every command in every state of a server that lives', () => {
  const dir = tempDir();
  const pairs = commandNames.flatMap((name) => serverStates.map((state) => [name, state] as const));

  it.each(pairs)('%s while it is %s', async (name, state) => {
    const bench = await inState(dir(), state);
    if (state === 'up') bench.machine.game.say('player_connected', { user: 'ann' });
    const rule = commandRules[name][state];
    // the queue writes a kill as a stop
    const answer = bench.command(name === 'kill' ? 'stop' : name, data[name]).then(
      (result) => ({ result }),
      (error: { code: string }) => ({ code: error.code }),
    );
    await goOn(bench);
    const code = typeof rule === 'object' ? rule.reject : refused[`${name} ${state}`];
    const ends = endsIn[state][name] ?? endsIn[state].else;
    expect(bench.state).toBe(ends);
    if (code !== undefined) expect(await answer).toEqual({ code });
    else expect(await answer).toMatchObject({ result: { serverId: 'one', state: ends } });
    expect(bench.machine.games.filter(({ isAlive }) => isAlive)).toHaveLength(ends === 'up' ? 1 : 0);
    expect(bench.life.server.state.flow).toBe(ends === 'crashed' ? 'crash' : 'none');
  });

  it('tells the game what is spoken, and nothing else', async () => {
    const bench = await inState(dir(), 'up');
    bench.machine.game.say('player_connected', { user: 'ann' });
    for (const name of ['tell', 'kick', 'broadcast', 'console'] as const) await bench.command(name, data[name]);
    expect(bench.machine.game.heard).toEqual(['tell ann hi', 'kick ann hi', 'say hi', 'raw']);
  });
});
