import type { ServerStatus } from '@pinky/protocol';
import { StatusTeller } from '../src/status-teller.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('StatusTeller', () => {
  function teller() {
    const heard: string[] = [];
    const server = { state: 'down' as ServerStatus['state'], players: [] as string[], isServing: true };
    const made = new StatusTeller({
      later: { soon: (work) => void setImmediate(work) },
      status: () => ({
        serverId: 'one',
        game: '/packs/luanti',
        wanted: 'up',
        since: 0,
        isBackingUp: false,
        restarts: 0,
        because: '',
        port: 10_000,
        state: server.state,
        players: server.players,
      }),
      isServing: () => server.isServing,
      setTitle: (title) => void heard.push(title),
      tell: ({ state }) => void heard.push(`told ${state}`),
      onUp: () => void heard.push('up for the first time'),
      onTold: () => void heard.push('done'),
    });
    return { made, heard, server };
  }

  it('tells once per turn what is true then, however much has changed', async () => {
    const { made, heard, server } = teller();
    made.tellSoon();
    server.state = 'starting';
    made.tellSoon();
    await turn();
    expect(heard).toEqual(['pinky: worker one [luanti] starting :10000', 'told starting', 'done']);
  });

  it('tells at once what has changed, before an answer that speaks of it, and then not again', async () => {
    const { made, heard, server } = teller();
    made.tellNow();
    expect(heard).toEqual([]); // nothing has changed
    server.state = 'up';
    made.tellSoon();
    made.tellNow();
    expect(heard).toContain('told up');
    const { length } = heard;
    await turn();
    expect(heard).toHaveLength(length);
  });

  it('reports the first time that the game is up, and sets the title only when it changes', async () => {
    const { made, heard, server } = teller();
    for (const state of ['up', 'up', 'crashed', 'up'] as const) {
      server.state = state;
      made.tellSoon();
      await turn();
    }
    expect(heard.filter((what) => what === 'up for the first time')).toHaveLength(1);
    expect(heard.filter((what) => what.startsWith('pinky'))).toHaveLength(3);
  });

  it('says nothing once the server belongs to another worker', async () => {
    const { made, heard, server } = teller();
    made.tellSoon();
    server.isServing = false;
    await turn();
    expect(heard).toEqual([]);
  });
});
