import { makeLogin } from '@pinky/api';
import type { Context } from '../../command-line/context.js';
import { knownAddress } from './api-address.js';

/** `pinky web`: a link that logs a browser in, once. */
export async function web(context: Context): Promise<void> {
  const { home, out, clock } = context;
  const { url } = await knownAddress(context);
  const { code, expiresAt } = makeLogin(home, clock.wallNow());
  const link = `${url}/login?code=${code}`;
  out.answer({ link, expiresAt }, () => [link]);
  out.note(out.paint('quiet', 'It can be used once, within five minutes. Who has it has the whole box.'));
}
