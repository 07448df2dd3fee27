import { readAddress, type ApiAddress } from '@pinky/api';
import { PinkyError } from '@pinky/protocol';
import type { Context } from '../../command-line/context.js';

/** `pinky api address`: where the API of the box listens. */
export async function apiAddress({ home, out }: Context): Promise<void> {
  const address = knownAddress(home);
  out.answer(address, () => [address.url]);
}

/** Throws `not_running` while no API listens. */
export function knownAddress(home: string): ApiAddress {
  const address = readAddress(home);
  if (address) return address;
  throw new PinkyError('not_running', `no API runs in ${home}`, {
    remedy: 'start the box with `pinky up`; `api.enabled` in pinky.yml says whether it has one, log/api.log why not',
  });
}
