import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { answerItem, enrol, takeItems } from '../../src/lists/list-scripts.js';
import { owning } from '../support/fenced.js';
import { queueSetup } from '../support/queue-setup.js';

const setup = queueSetup();
const { keys } = setup;

/** Waits for the next answer. */
const answer = async (list: string = keys.answers): Promise<Record<string, unknown>> => {
  const popped = await setup.redis.client().brpop(list, 60);
  return JSON.parse(popped?.[1] ?? 'null') as Record<string, unknown>;
};

beforeEach(() => setup.box.startQueue());

it('runs an item with the fields beside its name, and pushes the answer to the box\'s list', async () => {
  const { client } = setup;
  await client.lpush(keys.inbox, '{"name":"stop","serverId":"508227b5474a80599bcab3aa"}');
  expect(await answer()).toMatchObject({
    name: 'stop',
    serverId: '508227b5474a80599bcab3aa',
    ok: true,
    result: { state: 'down', already: true },
  });
  expect(await client.llen(keys.processing)).toBe(0);
});

it('pushes the answer to the list that the sender names, with the sender\'s id', async () => {
  await setup.client.lpush(
    keys.inbox,
    JSON.stringify({
      name: 'stop',
      data: { serverId: 'x' },
      replyTo: 'my:answers',
      id: 'q7',
    }),
  );
  expect(await answer('my:answers')).toMatchObject({ id: 'q7', ok: true });
});

it('refuses fields beside wrapped data by their names, and answers where the item says', async () => {
  const { client } = setup;
  const item = { name: 'stop', data: { serverId: 'x' }, replyTo: 'mine' };
  await client.lpush(keys.inbox, JSON.stringify({ ...item, id: 1, discard: true }));
  const error = { code: 'bad_command', message: expect.stringContaining('discard is not a field beside data') };
  expect(await answer('mine')).toMatchObject({ id: 1, name: 'stop', serverId: 'x', ok: false, error });
  await client.lpush(keys.inbox, JSON.stringify({ name: 'stop', data: { serverId: 'x' }, replyto: 'mine', id: 2 }));
  const meant = expect.stringContaining('replyto is not a field beside data; did you mean replyTo?');
  expect(await answer()).toMatchObject({ id: 2, ok: false, error: { code: 'bad_command', message: meant } });
});

it('keeps the settings of a start beside a server id apart from wrapped data', async () => {
  const game = await setup.knownWorker('a');
  const item = {
    name: 'start',
    serverId: 'a',
    funpack: '/f',
    data: { seed: 7 },
  };
  await setup.client.lpush(keys.inbox, JSON.stringify(item));
  await answer();
  expect(game.commands[0]).toMatchObject({ name: 'start', data: { serverId: 'a', settings: { seed: 7 } } });
});

it('answers what it cannot read with a code, and goes on', async () => {
  const { client } = setup;
  await client.lpush(keys.inbox, '{"name":"st');
  expect(await answer()).toMatchObject({ ok: false, error: { code: 'bad_command' } });
  await client.lpush(keys.inbox, '[1]');
  expect(await answer()).toMatchObject({ ok: false, error: { code: 'bad_command' } });
  await client.lpush(keys.inbox, Buffer.from([0x7b, 0xff, 0xfe]));
  expect(await answer()).toMatchObject({ ok: false, error: { code: 'bad_command' } });
  await client.lpush(keys.inbox, '{"name":"dance","serverId":"x"}');
  expect(await answer()).toMatchObject({ ok: false, error: { code: 'unknown_command' } });
  expect(await client.llen(keys.processing)).toBe(0);
});

it('answers to the box\'s list if the named key is not a list', async () => {
  const { client } = setup;
  await client.set('text', 'x');
  await client.lpush(keys.inbox, JSON.stringify({ name: 'stop', serverId: 'x', replyTo: 'text' }));
  expect(await answer()).toMatchObject({ ok: true });
});

it('runs a thousand numbered items of one server in the order in which they were pushed', async () => {
  const game = await setup.knownWorker('a');
  for (let n = 0; n < 1_000; n += 50)
    await setup.client.lpush(
      keys.inbox,
      ...Array.from({ length: 50 }, (_, i) =>
        JSON.stringify({ name: 'broadcast', serverId: 'a', message: String(n + i) }),
      ),
    );
  await game.until(() => game.commands.length === 1_000);
  expect(game.commands.map((command) => 'message' in command.data && Number(command.data.message))).toEqual(
    Array.from({ length: 1_000 }, (_, n) => n),
  );
});

it('takes up what a predecessor left at every stage, in order, and under the ids that it had', async () => {
  const { box, client } = setup;
  await box.stopQueue();
  mkdirSync(join(box.config.servers, 'a'));
  const game = setup.worker('a');
  const push = (message: string) =>
    client.lpush(keys.inbox, JSON.stringify({ name: 'broadcast', serverId: 'a', message }));
  await push('numbered');
  const fenced = await owning(client);
  const consumer = await enrol(fenced, keys);
  const [taken] = await takeItems(fenced, keys, consumer, 1);
  await push('in the intake');
  await client.lmove(keys.inbox, keys.intake, 'RIGHT', 'LEFT');
  await push('in the inbox');
  await box.startQueue();
  await game.until(() => game.commands.length === 3);
  expect(game.commands.map((command) => 'message' in command.data && command.data.message)).toEqual([
    'numbered',
    'in the intake',
    'in the inbox',
  ]);
  expect(game.commands[0]?.id).toBe(`list:${taken?.id}`);
});

it('answers an item once, however often it is asked to, and refuses a consumer that was replaced', async () => {
  const { box, client } = setup;
  await box.stopQueue();
  await client.lpush(keys.inbox, '{"name":"stop","serverId":"x"}');
  const fenced = await owning(client);
  const old = await enrol(fenced, keys);
  const [item] = await takeItems(fenced, keys, old, 10);
  if (!item) throw new Error('nothing was taken');
  expect(await answerItem(fenced, keys, item, 'once')).toBe(true);
  expect(await answerItem(fenced, keys, item, 'twice')).toBe(false);
  expect(await client.lrange(keys.answers, 0, -1)).toEqual(['once']);
  await enrol(fenced, keys);
  await expect(takeItems(fenced, keys, old, 10)).rejects.toThrow('FENCED');
});

it('answers box_down while somebody has set the box down', async () => {
  const { client } = setup;
  await client.lpush(keys.inbox, '{"name":"stop","serverId":"x"}');
  await answer();
  await client.set(keys.boxState, 'down');
  await client.lpush(keys.inbox, '{"name":"stop","serverId":"x"}');
  expect(await answer()).toMatchObject({ ok: false, error: { code: 'box_down' } });
});
