import { readAudit } from '@pinky/api';
import { PinkyError } from '@pinky/protocol';
import { textFlag, type Context, type Flags } from '../../command-line/context.js';
import { table } from '../../terminal/table.js';

/** `pinky audit`: who changed what through the API, and who was refused. */
export async function audit({ home, out }: Context, _args: readonly string[], flags: Flags): Promise<void> {
  const count = Number(textFlag(flags, 'lines') ?? 50);
  if (!Number.isInteger(count) || count < 1) throw new PinkyError('bad_command', '--lines takes a whole number');
  const entries = readAudit(home, count);
  out.answer({ entries }, () => {
    if (entries.length === 0) return ['nobody has changed anything through the API yet'];
    const rows = entries.map(({ at, name, token, address, method, path, status }) => [
      at,
      out.foreign(name === undefined ? '-' : `${name} (${token})`),
      out.foreign(address),
      String(status),
      out.foreign(`${method} ${path}`),
    ]);
    return table(['TIME', 'TOKEN', 'FROM', 'STATUS', 'REQUEST'], rows);
  });
}
