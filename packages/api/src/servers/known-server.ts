import { PinkyError, type Definition, type ServerStatus } from '@pinky/protocol';
import type { KnownState } from '../box/known-state.js';

/** The definition and status of a server. Throws `not_found` where there is neither. */
export async function knownServer(
  state: KnownState,
  serverId: string,
): Promise<{ readonly definition?: Definition; readonly status?: ServerStatus }> {
  const definition = state.definition(serverId);
  const status = await state.statusOf(serverId);
  if (!definition && !status) throw new PinkyError('not_found', `there is no server ${serverId}`);
  return { ...(definition && { definition }), ...(status && { status }) };
}
