import type { LookupAddress } from 'node:dns';
import { systemClock } from '@pinky/protocol';
import { AddressGuard } from '../../src/send/address-guard.js';
import { Sender, type Outcome } from '../../src/send/post.js';
import { Receiver } from '../support/receiver.js';

let receiver: Receiver;
beforeAll(async () => {
  receiver = await new Receiver().start();
});
afterAll(() => receiver.end());

/** Names, and where each lookup of them leads. */
const names: Record<string, string[]> = {};
let lookups = 0;
const resolve = (
  host: string,
  _options: object,
  answer: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
): void => {
  lookups++;
  const found = (names[host] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  answer(null, found);
};

async function send(url: string, allowed: readonly string[] = []): Promise<Outcome> {
  const sender = new Sender(new AddressGuard(() => allowed, resolve), systemClock);
  try {
    return await sender.send({ url, headers: {}, body: '{}' }, new AbortController().signal);
  } finally {
    sender.stop();
  }
}

const refused = { kind: 'failed', because: expect.stringContaining('inside the own network') };

it.each([
  '127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1',
  '[::1]', '[fe80::1]', '[fc00::1]', '[::ffff:10.0.0.1]', '[64:ff9b::a00:1]', '2130706433', '0x7f.1',
])('sends nothing to %s', async (host) => {
  expect(await send(`http://${host}:${receiver.port}/`)).toMatchObject(refused);
});

it('sends nothing to a name that leads inside, even if it leads elsewhere too', async () => {
  names['evil.example'] = ['93.184.216.34', '10.0.0.5'];
  expect(await send(`http://evil.example:${receiver.port}/`)).toMatchObject(refused);
  names['none.example'] = [];
  const nowhere = await send('http://none.example/');
  expect(nowhere).toMatchObject({ kind: 'failed', because: expect.stringContaining('no address') });
});

it('resolves a name once, and connects to what it looked at', async () => {
  names['hook.example'] = ['127.0.0.1'];
  lookups = 0;
  expect(await send(`http://hook.example:${receiver.port}/`, ['127.0.0.0/8'])).toMatchObject({ kind: 'accepted' });
  expect(lookups).toBe(1);
});

it('sends to a name, an address or a network that is allowed', async () => {
  names['inside.example'] = ['127.0.0.1'];
  for (const allowed of ['inside.example', '127.0.0.1', '127.0.0.0/8']) {
    expect(await send(`http://inside.example:${receiver.port}/`, [allowed])).toMatchObject({ kind: 'accepted' });
  }
  expect(await send(`http://127.0.0.1:${receiver.port}/`, ['10.0.0.0/8'])).toMatchObject(refused);
});
