import { BoxClient } from '../src/index.js';

const lost = (): Promise<Response> =>
  Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) }));

describe('a request on a connection whose other end has left', () => {
  let sent: string[];
  let now: number;
  const clock = { now: () => now, sleep: async (ms: number) => { now += ms; } };
  const client = (failures: number): BoxClient => new BoxClient({
    url: 'http://127.0.0.1:7465',
    token: 'none',
    clock,
    fetch: (request) => {
      sent.push((request as Request).method);
      return sent.length <= failures ? lost() : Promise.resolve(Response.json({ servers: [] }));
    },
  });
  beforeEach(() => {
    sent = [];
    now = 0;
  });

  it('is sent again if it reads, as often as connections were kept', async () => {
    expect((await client(4).api.GET('/v1/servers')).data).toEqual({ servers: [] });
    expect(sent).toEqual(Array.from({ length: 5 }, () => 'GET'));
  });

  it('is given up where every one fails for about a second', async () => {
    await expect(client(Infinity).api.GET('/v1/servers')).rejects.toMatchObject({ code: 'unreachable' });
    expect([sent.length, now]).toEqual([52, 1_000]);
  });

  it('is not sent again if it changes something: that may have been done', async () => {
    await expect(client(1).api.POST('/v1/servers/{id}/stop', { params: { path: { id: 'a' } }, body: {} }))
      .rejects.toMatchObject({ code: 'unreachable' });
    expect(sent).toEqual(['POST']);
  });
});
