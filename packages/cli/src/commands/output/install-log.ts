import { existsSync, readFileSync } from 'node:fs';
import { assertServerId, installedPaths, PinkyError } from '@pinky/protocol';
import type { Context } from '../../command-line/context.js';
import { currentConfig } from '../../command-line/current-config.js';
import { consoleWriter } from '../../console/console-writer.js';

/** Prints the last lines that the install script printed. Throws `not_found` if none has run. */
export async function showInstallLog(context: Context, serverId: string, count: number): Promise<void> {
  assertServerId(serverId);
  const { servers } = await currentConfig(context);
  const { log } = installedPaths(servers, serverId);
  if (!existsSync(log)) throw new PinkyError('not_found', `no install script has run for server ${serverId}`);
  const text = readFileSync(log, 'utf8').trimEnd();
  const { write, end } = consoleWriter(context);
  if (count > 0 && text !== '') write(Buffer.from(`${text.split('\n').slice(-count).join('\n')}\n`));
  end();
}
