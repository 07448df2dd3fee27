import { readFileSync, statSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
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
const messages = (heard: readonly Heard[]): string[] => heard.map(({ json }) => json.data.message);
/** Throws unless the signature of one of the secrets is right. */
const verify = (secret: string, { body, headers }: Heard): unknown =>
  new Webhook(secret).verify(body, headers as Record<string, string>); // it has these three

it('sends an event that the `standardwebhooks` package verifies, with every secret that is valid', async () => {
  const { id, secret } = home.add({ url: receiver.url });
  const { secret: newer = '' } = home.files.rotate(id, 60_000);
  home.dispatch();
  const [eventId] = await home.publish([{ type: 'player_connected', user: 'ada' }]);
  await taken(1);
  const [message] = receiver.taken as [Heard];
  for (const valid of [secret, newer]) {
    expect(verify(valid, message)).toMatchObject({ type: 'player_connected', data: { user: 'ada', id: eventId } });
  }
  expect(() => verify('whsec_c2VjcmV0LXRoYXQtbm9ib2R5LWhhcw==', message)).toThrow();
  expect(message.headers['content-type']).toBe('application/json');
  expect(message.id).toMatch(/^msg_[0-9a-f]{32}$/);
});

it('keeps secrets in a file for the owner only, and signs no longer with one whose time is over', async () => {
  const { id, secret } = home.add({ url: receiver.url });
  const file = `${home.paths.webhooks}/${id}.json`;
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toContain(secret);
  home.files.rotate(id, 0);
  home.dispatch();
  await home.publish([chat(0)]);
  await taken(1);
  expect(() => verify(secret, receiver.taken[0] as Heard)).toThrow();
});

it('sends in order what each endpoint wants, and nothing that was published before it was there', async () => {
  home.add({ url: `${receiver.url}/other`, events: ['crash*'] });
  await home.publish([chat(-1)]);
  await new Promise((resolve) => setTimeout(resolve, 2)); // the clock of the events counts milliseconds
  home.add({ url: receiver.url, events: ['chat', 'crashed'], servers: ['s*'] });
  home.add({ url: `${receiver.url}/none`, servers: ['lobby-*'] });
  home.dispatch();
  await home.publish([...upTo(20).map(chat), { type: 'started' }, { type: 'crashed', message: 'end' }]);
  await taken(22);
  const at = (path: string): readonly Heard[] => receiver.taken.filter((heard) => heard.path === path);
  expect(messages(at('/hook'))).toEqual([...upTo(20).map((n) => `m${n}`), 'end']);
  expect(messages(at('/hook/other'))).toEqual(['end']);
  expect(at('/hook/none')).toEqual([]);
});

it('tries again with the same id and in order, also where the connection is cut', async () => {
  home.add({ url: receiver.url });
  const answers = [500, 'cut', 204, 503, 204, 204] as const;
  receiver.answer = (_heard, nth) => answers[nth - 1] ?? 204;
  home.dispatch();
  await home.publish(upTo(3).map(chat));
  await taken(3);
  expect(messages(receiver.heard)).toEqual(['m0', 'm0', 'm0', 'm1', 'm1', 'm2']);
  const [first, second, third, fourth, fifth] = receiver.heard.map(({ id }) => id);
  expect([second, third]).toEqual([first, first]);
  expect(fifth).toBe(fourth);
  expect(fourth).not.toBe(first);
});

it('waits as long as `Retry-After` says', async () => {
  home.add({ url: receiver.url });
  receiver.answer = (_heard, nth) => (nth === 1 ? { status: 429, headers: { 'retry-after': '1' } } : 204);
  home.dispatch();
  await home.publish([chat(0), chat(1)]);
  await taken(2);
  const [first, second] = receiver.heard as [Heard, Heard];
  expect(second.at - first.at).toBeGreaterThanOrEqual(1_000);
  expect(second.id).toBe(first.id);
});

it('turns an endpoint off that answers 410, and tells what it missed once it is on again', async () => {
  const { id } = home.add({ url: receiver.url });
  receiver.answer = () => 410;
  const dispatcher = home.dispatch();
  const [gone] = await home.publish([chat(0)]);
  await until('it is off', () => home.files.get(id).isEnabled === false);
  expect(home.files.get(id).disabledBecause).toContain('410');
  await home.publish(upTo(5).map(chat));
  await until('nobody holds up the outbox', async () => (await home.client.xlen(home.keys.outbox)) === 0);
  expect(await dispatcher.states()).toMatchObject([{ condition: 'disabled', because: expect.stringContaining('410') }]);
  expect(receiver.heard).toHaveLength(1);
  receiver.answer = () => 204;
  home.files.change(id, { isEnabled: true });
  const [next] = await home.publish([chat(9)]);
  await taken(2);
  expect(gone).not.toBe(next);
  expect(receiver.taken[0]?.json).toMatchObject({ type: 'events_skipped', data: { count: 6, before: next } });
  expect(messages(receiver.taken.slice(1))).toEqual(['m9']);
});

it('tells of events that were trimmed in one message with its range', async () => {
  home.add({ url: receiver.url });
  const dispatcher = home.dispatch();
  const [before] = await home.publish([chat(0)]);
  await until('the first is noted', async () => (await dispatcher.states())[0]?.accepted === 1);
  await home.stopDispatching();
  const ids = await home.publish(upTo(30).map(chat), { mostEvents: 10 });
  receiver.answer = (_heard, nth) => (nth === 2 ? 500 : 204);
  home.dispatch();
  await taken(12);
  const [, tried, skipped, ...rest] = receiver.heard as [Heard, Heard, Heard];
  expect(skipped.json).toMatchObject({
    type: 'events_skipped',
    data: { count: 20, after: before, before: ids[20], pinky_id: '1' },
  });
  expect([tried.id, tried.body]).toEqual([skipped.id, skipped.body]);
  expect(messages(rest)).toEqual(upTo(10).map((n) => `m${n + 20}`));
});

it('does not let a message that a receiver cannot read hold up the others', async () => {
  home.add({ url: receiver.url });
  receiver.answer = ({ json }) => (json.data.message === 'm1' ? 422 : 204);
  const dispatcher = home.dispatch();
  await home.publish(upTo(4).map(chat));
  await taken(3);
  expect(messages(receiver.taken)).toEqual(['m0', 'm2', 'm3']);
  await until('all three are noted', async () => (await dispatcher.states())[0]?.accepted === 3);
  expect(await dispatcher.states()).toMatchObject([{ condition: 'failing', aside: 1 }]);
  receiver.answer = () => 204;
  await taken(4);
  expect(messages(receiver.taken)).toEqual(['m0', 'm2', 'm3', 'm1']);
});

it('pauses while nothing is taken, tries one message at a time, and gives none of the others up', async () => {
  home.add({ url: receiver.url });
  receiver.answer = () => 500;
  const dispatcher = home.dispatch();
  home.configure({ firstPauseMs: 1 });
  await home.publish(upTo(50).map(chat));
  await until('it pauses', async () => (await dispatcher.states())[0]?.condition === 'paused');
  expect(new Set(messages(receiver.heard)).size).toBeLessThan(5);
  receiver.answer = () => 204;
  await taken(50);
  const once = new Set(receiver.taken.map(({ id }) => id));
  expect([once.size, receiver.taken.length]).toEqual([50, 50]);
});

it('gives a message up after ten tries, keeps it, and sends it again when it is asked to', async () => {
  const { id } = home.add({ url: receiver.url });
  home.configure({ firstPauseMs: 0.001 });
  receiver.answer = ({ json }) => (json.data.message === 'm0' ? 400 : 204);
  const dispatcher = home.dispatch();
  await home.publish([chat(0), chat(1)]);
  await until('it is given up', async () => (await dispatcher.states())[0]?.givenUp === 1);
  expect(receiver.heard.filter(({ json }) => json.data.message === 'm0')).toHaveLength(10);
  const [failure] = await dispatcher.failed(id);
  expect(failure).toMatchObject({ tries: 10, types: ['chat'], because: 'it answered 400' });
  expect(await dispatcher.again(id, failure?.id ?? '')).toMatchObject({ isAccepted: false, status: 400 });
  receiver.answer = () => 204;
  expect(await dispatcher.again(id, failure?.id ?? '')).toMatchObject({ isAccepted: true, status: 204 });
  expect(receiver.taken.at(-1)?.id).toBe(failure?.id);
  expect(await dispatcher.failed(id)).toEqual([]);
  await expect(dispatcher.again(id, 'msg_absent')).rejects.toMatchObject({ code: 'not_found' });
});

it('sends a test message at once, and says what became of it', async () => {
  const { id, secret } = home.add({ url: receiver.url, events: ['crashed'] });
  const dispatcher = home.dispatch();
  expect(await dispatcher.test(id)).toMatchObject({ isAccepted: true, status: 204 });
  expect(verify(secret, receiver.taken[0] as Heard)).toMatchObject({ type: 'test', data: { pinky_id: '1' } });
  receiver.answer = () => ({ status: 302, headers: { location: 'http://127.0.0.1:1/' } });
  expect(await dispatcher.test(id)).toMatchObject({
    isAccepted: false, status: 302, because: expect.stringContaining('redirects are not followed'),
  });
  await expect(dispatcher.test('wh_000000000000')).rejects.toMatchObject({ code: 'not_found' });
});
