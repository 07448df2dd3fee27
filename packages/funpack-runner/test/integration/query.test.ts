import { createSocket, type Socket } from 'node:dgram';
import { askGame } from '../../src/query/ask-game.js';

/** The program is the built one, as a worker starts it. */
jest.setTimeout(120_000);

describe('the program that asks a game by its own protocol', () => {
  let game: Socket;
  let port: number;
  const asked: string[] = [];
  beforeAll(async () => {
    game = createSocket('udp4');
    game.on('message', (question, { port: from, address }) => {
      asked.push(question.toString('latin1'));
      const answer = '\xff\xff\xff\xffstatusResponse\n\\sv_hostname\\The Hall\\mapname\\q3dm17\\sv_maxclients\\8\n' +
        '3 20 "^1Ann"\n0 35 "bob the \\"b\\""\n';
      game.send(Buffer.from(answer, 'latin1'), from, address);
    });
    await new Promise<void>((resolve) => game.bind(0, '127.0.0.1', resolve));
    ({ port } = game.address());
  });
  afterAll(() => new Promise<void>((resolve) => game.close(() => resolve())));

  const ask = (type: string, at = port, signal = new AbortController().signal) =>
    askGame({ type, port: at, timeoutMs: 3_000 }, { signal });

  it('answers who plays, how many may, and on which map', async () => {
    const answer = await ask('q3a');
    expect(answer).toMatchObject({ count: 2, most: 8, map: 'q3dm17', name: 'The Hall' });
    expect(answer.players[0]).toBe('Ann');
    expect(answer.players).toHaveLength(2);
    expect(asked[0]).toMatch(/^\xff\xff\xff\xffgetstatus/);
  });

  it('says why there is no answer: nobody is there, or the type is none', async () => {
    await expect(ask('no-such-game')).rejects.toMatchObject({
      code: 'order_failed',
      message: expect.stringMatching(/invalid game/i),
    });
    await expect(ask('q3a', 1)).rejects.toMatchObject({ code: 'order_failed' });
  });

  it('is cancelled at once', async () => {
    const abort = new AbortController();
    const answer = ask('q3a', 1, abort.signal);
    abort.abort();
    await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
  });
});
