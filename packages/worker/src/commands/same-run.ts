import { assertKnownSettings, checkSettings } from '@pinky/funpack-runner/light';
import { isSameFunpack, PinkyError, worldMarkOf, type StartOrder } from '@pinky/protocol';
import { givenSettings } from '../prepare/preparation.js';
import { worldMark } from '../record/server-record.js';
import type { SpokenTo } from './spoken-commands.js';

/**
 * A start of a server that runs changes nothing of the run. Throws `already_up` if it asks for another funpack or
 * world, and `bad_settings` if its settings could not be those of the next start.
 */
export function assertSameRun(
  { serverId, record: { now: record }, funpack: running }: SpokenTo,
  start: StartOrder,
): void {
  const { funpack, world, settings } = start;
  if (!record) return;
  if (!isSameFunpack(record.start.funpack, funpack)) {
    throw new PinkyError('already_up', `server ${serverId} runs the funpack ${record.start.funpack.url} already`);
  }
  if (world !== undefined && worldMarkOf(world) !== worldMark(record)) {
    throw new PinkyError('already_up', `server ${serverId} runs with another world already`);
  }
  if (!running) return;
  assertKnownSettings(running.manifest, givenSettings(start));
  checkSettings(running.manifest, settings);
}
