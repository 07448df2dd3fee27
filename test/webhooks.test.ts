import { existsSync, readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { until } from '@pinky/protocol/testing';
import { Receiver, type Heard } from '../packages/webhooks/test/support/receiver';
import { assertBuilt, RealBox } from './box/real-box';

// A real box, as `pinky up` starts it, with a real game and a receiver that the test plays.
let box: RealBox;
let receiver: Receiver;
let id: string;
let secret: string;

beforeAll(async () => {
  assertBuilt();
  receiver = await new Receiver().start();
  box = new RealBox(
    'ports:\n  first: 22460\n  step: 1\n  count: 20\nwebhooks:\n  allowed_networks: [127.0.0.1]\n  first_pause: 20ms\n',
  );
  await box.pinky(['up', '--daemonize']);
});
afterAll(async () => {
  await box.end();
  await receiver.end();
});

interface ShownProcess {
  readonly role: string;
  readonly pid?: number;
}
const delivering = async (): Promise<ShownProcess | undefined> => {
  const { answer } = await box.pinky(['ps']);
  return answer.processes.find((one: ShownProcess) => one.role === 'webhooks' && one.pid !== undefined);
};
const typesTaken = (): string[] => receiver.taken.map(({ json }) => json.type);

it('runs no process while there is no webhook', async () => {
  expect(await delivering()).toBeUndefined();
  expect(existsSync(box.file('webhooks'))).toBe(false);
  expect((await box.pinky(['webhook', 'list'])).answer).toEqual({ webhooks: [] });
});

it('delivers what happens after one was added, signed, and shows its process', async () => {
  const { answer } = await box.pinky(['webhook', 'add', receiver.url, '--event', 'started,crash*,stopped']);
  ({ id, secret } = answer);
  expect(await box.pinky(['start', 'first', '--funpack', 'emberhollow'])).toMatchObject({ code: 0 });
  await until('the start is told', () => typesTaken().includes('started'));
  const [message] = receiver.taken as [Heard];
  expect(new Webhook(secret).verify(message.body, message.headers as Record<string, string>)).toMatchObject({
    type: 'started', data: { server_id: 'first', pinky_id: '1' },
  });
  const { pid } = (await delivering()) ?? {};
  expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toMatch(/^pinky: webhooks \[box 1\]/);
  const tried = await box.pinky(['webhook', 'test', id]);
  expect(tried).toMatchObject({ code: 0, answer: { isAccepted: true, status: 204 } });
});

it('may be killed: another process goes on where it was, and the game plays on', async () => {
  const before = await delivering();
  process.kill(before?.pid ?? 0, 'SIGKILL');
  expect(await box.pinky(['stop', 'first'])).toMatchObject({ code: 0 });
  await until('the stop is told', () => typesTaken().includes('stopped'));
  expect((await delivering())?.pid).not.toBe(before?.pid);
  expect(typesTaken().filter((type) => type !== 'test')).toEqual(['started', 'stopped']);
});

it('shows how a webhook stands, without its secret, and what is wrong with a receiver', async () => {
  receiver.answer = () => 500;
  const refused = await box.pinky(['webhook', 'test', id]);
  expect(refused).toMatchObject({ code: 1, answer: { isAccepted: false, status: 500 } });
  receiver.answer = () => 204;
  const { answer } = await box.pinky(['webhook', 'show', id]);
  expect(answer).toMatchObject({ id, state: { condition: 'fine', accepted: 2 }, failed: [] });
  expect(JSON.stringify(answer)).not.toContain(secret.slice(6));
  expect((await box.pinky(['webhook', 'edit', id, '--event', 'chrash'])).answer.error).toMatchObject({
    code: 'bad_command', message: expect.stringContaining('events'),
  });
  expect((await box.pinky(['webhook', 'edit', id, '--off'])).answer).toMatchObject({ id, isEnabled: false });
  const listed = (await box.pinky(['webhook', 'list'])).answer.webhooks;
  expect(listed).toMatchObject([{ id, isEnabled: false, state: { condition: 'disabled' } }]);
});

it('ends its process with the last webhook', async () => {
  expect(await box.pinky(['webhook', 'remove', id])).toMatchObject({ code: 0, answer: { removed: id } });
  await until('its process has ended', async () => (await delivering()) === undefined);
  expect(await box.pinky(['webhook', 'test', id])).toMatchObject({ answer: { error: { code: 'not_found' } } });
  expect(await box.pinky(['down'])).toMatchObject({ code: 0 });
});
