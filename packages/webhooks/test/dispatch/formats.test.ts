import { until } from '@pinky/protocol/testing';
import { chat, HooksHome, upTo } from '../support/hooks-home.js';
import { Receiver, type Heard } from '../support/receiver.js';

let home: HooksHome;
let receiver: Receiver;
beforeAll(async () => {
  home = await new HooksHome().start();
});
beforeEach(async () => {
  receiver = await new Receiver().start();
});
afterEach(async () => {
  await home.clear();
  await receiver.end();
});
afterAll(() => home.end());

const taken = (count: number): Promise<unknown> =>
  until(`${count} messages were taken`, () => receiver.taken.length >= count);

const crash = {
  type: 'crashed', how: 'signal SIGSEGV', signal: 'SIGSEGV', restart_in_ms: 4_200, last_lines: ['one', '```', 'three'],
};

it('sends a chat one message with a count instead of a storm', async () => {
  home.add({ url: receiver.url, format: 'discord', events: ['*'] });
  await home.publish([...upTo(40).map(chat), ...upTo(3).map(() => ({ type: 'started' }))]);
  home.dispatch();
  await taken(1);
  const { content, allowed_mentions: mentions } = (receiver.taken[0] as Heard).json;
  expect(content.split('\n')).toHaveLength(6);
  expect(content).toContain('s1\\: \\<ada\\> m0');
  expect(content).toMatch(/and 38 more: 35 × chat, 3 × started$/);
  expect(mentions).toEqual({ parse: [] });
  expect(receiver.heard).toHaveLength(1);
});

it('tells a chat of trouble only, unless it asks for more, and of a crash with its last lines', async () => {
  home.add({ url: receiver.url, format: 'slack' });
  await home.publish([chat(0), { type: 'started' }, crash]);
  home.dispatch();
  await taken(1);
  expect((receiver.taken[0] as Heard).json.text).toBe(
    "s1 crashed (signal SIGSEGV); it starts again in 4 s\n```\none\n'''\nthree\n```",
  );
});

it('lets no player speak in the markup of a chat', async () => {
  home.add({ url: receiver.url, format: 'slack', events: ['chat'] });
  await home.publish([{ type: 'chat', user: '<!channel>', message: '&*loud*\u0007' }]);
  home.dispatch();
  await taken(1);
  const { text } = (receiver.taken[0] as Heard).json;
  expect(text).toContain('&lt;!channel&gt;');
  expect(text).not.toMatch(/<!|\*loud\*|\u0007/);
});

it('repeats a message of many events as it was, whatever came meanwhile', async () => {
  home.add({ url: receiver.url, format: 'discord', events: ['*'] });
  await home.publish(upTo(3).map(chat));
  receiver.answer = (_heard, nth) => (nth === 1 ? 500 : 204);
  home.configure({ firstPauseMs: 300 });
  home.dispatch();
  await until('it was refused', () => receiver.heard.length === 1);
  await home.stopDispatching();
  await home.publish(upTo(3).map(chat));
  home.dispatch();
  await taken(1);
  const [first, second] = receiver.heard as [Heard, Heard];
  expect([second.id, second.body]).toEqual([first.id, first.body]);
});

it('sends a crash to Sentry as one event with an id of its own', async () => {
  const url = `http://abc123@127.0.0.1:${receiver.port}/sub/42`;
  home.add({ url, format: 'sentry' });
  const [, id] = await home.publish([chat(0), crash]);
  receiver.answer = (_heard, nth) => (nth === 1 ? 500 : 200);
  home.dispatch();
  await taken(1);
  const [first, second] = receiver.heard as [Heard, Heard];
  expect(second.path).toBe('/sub/api/42/envelope/');
  expect(second.headers['x-sentry-auth']).toContain('sentry_key=abc123');
  const [head, item, event] = second.body.trim().split('\n').map((line) => JSON.parse(line));
  expect(item).toEqual({ type: 'event' });
  expect(event).toMatchObject({
    event_id: head.event_id,
    level: 'error',
    tags: { server: 's1', box: '1' },
    exception: { values: [{ type: 'crashed', value: expect.stringContaining('SIGSEGV') }] },
    extra: { event: { id } },
  });
  expect(head.event_id).toMatch(/^[0-9a-f]{32}$/);
  expect(JSON.parse(first.body.split('\n')[0] ?? '').event_id).toBe(head.event_id);
});

it('sends a crash to Bugsnag in its own form', async () => {
  home.add({ url: `http://key-of-32@127.0.0.1:${receiver.port}/`, format: 'bugsnag' });
  await home.publish([crash]);
  home.dispatch();
  await taken(1);
  const { json, headers } = receiver.taken[0] as Heard;
  expect(headers).toMatchObject({ 'bugsnag-api-key': 'key-of-32', 'bugsnag-payload-version': '5' });
  expect(json.events[0]).toMatchObject({ severity: 'error', context: 's1', exceptions: [{ errorClass: 'crashed' }] });
});

it('feeds a list of Resque: each event is one job, in order, also if it is asked twice', async () => {
  home.add({ resque: { queue: 'brain', class: 'Pinky::Event' }, events: ['chat'] });
  await home.publish([...upTo(150).map(chat), { type: 'started' }]);
  const dispatcher = home.dispatch();
  const jobs = (): Promise<string[]> => home.client.lrange('resque:queue:brain', 0, -1);
  await until('every job is there', async () => (await jobs()).length === 150);
  await home.stopDispatching();
  home.dispatch();
  await home.publish([chat(150)]);
  await until('one more is there', async () => (await jobs()).length === 151);
  const parsed = (await jobs()).map((json) => JSON.parse(json));
  expect(parsed.map(({ args }) => args[0].message)).toEqual(upTo(151).map((n) => `m${n}`));
  expect(new Set(parsed.map((job) => job.class))).toEqual(new Set(['Pinky::Event']));
  expect(await home.client.smembers('resque:queues')).toEqual(['brain']);
  await dispatcher.stop();
});
