import { readAddress, type ApiAddress } from '@pinky/api';
import { PinkyError } from '@pinky/protocol';
import type { Context } from '../../command-line/context.js';
import { askForTree } from '../../talk/supervisor.js';

/** `pinky api address`: where the API of the box listens. */
export async function apiAddress(context: Context): Promise<void> {
  const address = await knownAddress(context);
  context.out.answer(address, () => [address.url]);
}

/** `up` and `upgrade` do not wait for the API, so whoever asks right after them does. Milliseconds. */
const bootMs = 10_000;
const lookMs = 100;

/** Waits while the API of a box boots. Throws `not_running` if none listens. */
export async function knownAddress({ home, clock, signal }: Context): Promise<ApiAddress> {
  const giveUpAt = clock.now() + bootMs;
  for (;;) {
    const address = readAddress(home);
    if (address) return address;
    if (clock.now() >= giveUpAt || !(await hasApi(home))) break;
    await clock.sleep(lookMs, signal);
  }
  throw new PinkyError('not_running', `no API runs in ${home}`, {
    remedy: 'start the box with `pinky up`; `api.enabled` in pinky.yml says whether it has one, log/api.log why not',
  });
}

const hasApi = async (home: string): Promise<boolean> =>
  (await askForTree(home).catch(() => undefined))?.children.some(({ role }) => role === 'api') === true;
