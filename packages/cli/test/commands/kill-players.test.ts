import { cli } from '../cli-run.js';
import { TalkingBox, upStatus } from '../talking-box.js';

describe('pinky kill and players', () => {
  let box: TalkingBox;
  beforeEach(() => { box = new TalkingBox(); });
  afterEach(() => box.remove());

  const run = (...args: string[]) => cli([...args, '--home', box.home], { cwd: box.home });
  const obeys = (result: object) => box.listenAsQueue({ command: () => ({ serverId: 's1', state: 'up', ...result }) });
  const sent = (): unknown => box.requests.findLast(({ method }) => method === 'command')?.params;

  it('kills a server, and says where its world is', async () => {
    await obeys({ state: 'down', ended: { how: 'SIGKILL', signal: 'SIGKILL', step: 'SIGKILL' } });
    expect(await run('kill', 's1')).toMatchObject({ code: 0, out: 's1 is down\n' });
    expect(sent()).toMatchObject({ name: 'kill', data: { serverId: 's1' } });
  });

  it('prints the players of one server, or of all that run', async () => {
    await obeys({ players: ['alice', 'bob'], servers: [upStatus('a'), { serverId: 'b', state: 'down' }] });
    expect((await run('players', 's1')).out).toBe('alice\nbob\n');
    expect((await run('players')).out).toBe('SERVER  PLAYER\na       alice\na       bob\n');
    expect(JSON.parse((await run('players', '--json')).out)).toEqual({
      servers: [{ serverId: 'a', players: ['alice', 'bob'] }],
    });
  });

  it('counts no players where nobody can know them, and says so', async () => {
    const unknown = { players: [], arePlayersUnknown: true } as const;
    await obeys({ servers: [upStatus('a', unknown)] });
    const { out, err } = await run('players');
    expect(out).toBe('');
    expect(err).toContain('nobody can know who is connected to a: no funpack tells it');
    expect(JSON.parse((await run('players', '--json')).out)).toEqual({ servers: [{ serverId: 'a', ...unknown }] });
    expect((await run('status')).out).toContain(', ? players');
  });
});
