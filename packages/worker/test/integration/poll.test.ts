import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Box } from './harness.js';

describe('a game that is polled for its players', () => {
  let box: Box;
  beforeAll(async () => { box = await Box.open(); });
  afterAll(() => box.close());

  const poll = {
    every: 1_000,
    send: 'status',
    from: '^# id name$',
    row: '^# +(?<id>\\d+) "(?<user>.+)"$',
    to: '^#end$',
  };
  const connect = (...names: string[]) =>
    writeFileSync(join(box.paths('one').working, 'players'), names.map((name) => `${name}\n`).join(''));
  const toldOf = (user: string) => box.queue.events('one').filter((event) => event['user'] === user);
  const seen = (...names: string[]) =>
    box.queue.status('one', ({ players }) => players.join() === names.join(), names.join(' and ') || 'nobody');

  it('tells who came and who went, each once, also under the next worker', async () => {
    const console = [{ pattern: '^ready$', event: 'started' }];
    const { worker } = await box.up('one', box.funpack('polled.cjs', { console, poll }));
    connect('ann lee', 'bob');
    await seen('ann lee', 'bob');
    process.kill(worker.pid, 'SIGKILL');
    await worker.ended;
    box.startWorker('one');
    connect('bob', 'cid');
    await seen('bob', 'cid');
    connect();
    await seen();
    const cameAndWent = ['player_connected', 'player_disconnected'];
    for (const user of ['ann lee', 'bob', 'cid'])
      expect([user, toldOf(user).map(({ type }) => type)]).toEqual([user, cameAndWent]);
    expect(toldOf('ann lee')[0]).toMatchObject({ user_id: '1', because: 'players_list' });
    await box.stop('one');
  });
});
