import { isExpired, isVerb, serverPattern, TokenFiles, verbs, type TokenRecord } from '@pinky/api';
import { PinkyError } from '@pinky/protocol';
import { listFlag, textFlag, type Context, type Flags } from '../../command-line/context.js';
import { table } from '../../terminal/table.js';

const dayMs = 24 * 3_600_000;

/** `pinky token create`: makes a token, and shows it this once. */
export async function createToken({ home, out, clock }: Context, [name = '']: readonly string[], flags: Flags) {
  if (name.trim() === '') throw new PinkyError('bad_command', 'a token needs a name, which `token list` shows');
  const { token, record } = new TokenFiles(home).create({
    name,
    verbs: verbsOf(listFlag(flags, 'allow')),
    servers: serversOf(listFlag(flags, 'server')),
    ...expiryOf(textFlag(flags, 'days'), clock.wallNow()),
  });
  out.answer({ token, ...shown(record) }, () => [token]);
  out.note(out.paint('quiet', `Keep it: it is shown only now. \`pinky token revoke ${record.id}\` takes it back.`));
}

/** `pinky token list`: every token and session that is there. */
export async function listTokens({ home, out, clock }: Context): Promise<void> {
  const tokens = new TokenFiles(home).list();
  out.answer({ tokens: tokens.map(shown) }, () => {
    if (tokens.length === 0) return ['there is no token; `pinky token create` makes one'];
    const rows = tokens.map((record) => [
      record.id,
      record.kind === 'session' ? `${record.name} (session)` : record.name,
      record.verbs.join(','),
      record.servers.join(','),
      record.createdAt,
      expiryText(record, clock.wallNow()),
    ]);
    return table(['ID', 'NAME', 'ALLOWS', 'SERVERS', 'MADE', 'EXPIRES'], rows);
  });
}

/** `pinky token revoke`: from now on the token is not valid. */
export async function revokeToken({ home, out }: Context, [id = '']: readonly string[]): Promise<void> {
  const record = new TokenFiles(home).revoke(id);
  out.answer({ revoked: record.id }, () => [`${record.id} (${record.name}) is no longer valid`]);
}

const shown = ({ format: _format, sha256: _sum, ...record }: TokenRecord) => record;

function verbsOf(given: readonly string[]): TokenRecord['verbs'] {
  const names = given.flatMap((text) => text.split(',')).filter((text) => text !== '');
  const wrong = names.find((name) => !isVerb(name));
  if (wrong !== undefined || names.length === 0) {
    throw new PinkyError('bad_command', `--allow takes one or more of ${verbs.join(', ')}`);
  }
  return names.filter(isVerb);
}

function serversOf(given: readonly string[]): readonly string[] {
  const patterns = given.flatMap((text) => text.split(',')).filter((text) => text !== '');
  const wrong = patterns.find((pattern) => !serverPattern.test(pattern));
  if (wrong !== undefined) {
    throw new PinkyError('bad_command', `--server ${wrong}: takes ids of servers, with * for any characters`);
  }
  return patterns.length === 0 ? ['*'] : patterns;
}

function expiryOf(text: string | undefined, wallNowMs: number): { expiresAt?: string } {
  if (text === undefined) return {};
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > 36_500) {
    throw new PinkyError('bad_command', '--days takes whole days from 1 to 36500');
  }
  return { expiresAt: new Date(wallNowMs + days * dayMs).toISOString() };
}

function expiryText(record: TokenRecord, wallNowMs: number): string {
  if (record.expiresAt === undefined) return 'never';
  return isExpired(record, wallNowMs) ? 'expired' : record.expiresAt;
}
