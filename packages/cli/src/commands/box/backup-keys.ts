import { readFileSync, writeFileSync } from 'node:fs';
import { PinkyError, type BoxConfig } from '@pinky/protocol';
import type { Context } from '../../command-line/context.js';

/** `pinky backups key export|import|new [file]`: the keys that seal and open the backups of this box. */
export async function backupKeys({ home, out, clock }: Context, [what, file]: readonly string[]): Promise<void> {
  const ring = await ringOf(home);
  switch (what) {
    case 'new': {
      const { fingerprint } = ring.make(clock.wallNow());
      return out.answer({ fingerprint }, () => [
        `new backups are encrypted with the key ${fingerprint} where \`backup.encrypt\` is yes`,
        'write it down elsewhere before you rely on it: `pinky backups key export`',
      ]);
    }
    case 'export': {
      const { key, text } = ring.export(undefined, clock.wallNow());
      if (file !== undefined) writeFileSync(file, `${text}\n`, { mode: 0o600, flag: 'wx' });
      const told = { fingerprint: key.fingerprint, ...(file === undefined ? { key: text } : { file }) };
      return out.answer(told, () => [file === undefined ? text : `the key ${key.fingerprint} is in ${file}`]);
    }
    case 'import': {
      const { fingerprint } = ring.import(readFileSync(file ?? 0, 'utf8'), clock.wallNow());
      return out.answer({ fingerprint }, () => [`backups that need the key ${fingerprint} can be opened`]);
    }
    default:
      throw new PinkyError('bad_command', `backups key: ${what} is none of export, import and new`);
  }
}

/** A disk that breaks takes the key with it, and then no backup in any store is of use. Throws `bad_option`. */
export async function refuseUnsafeKey({ home, backup }: Pick<BoxConfig, 'home' | 'backup'>): Promise<void> {
  if (!backup.isEncrypted) return;
  const newest = (await ringOf(home)).newest;
  if (newest?.exportedAt !== undefined) return;
  throw new PinkyError(
    'bad_option',
    newest
      ? `\`backup.encrypt\`: the key ${newest.fingerprint} was never exported, so backups would be lost with this ` +
        'machine; `pinky backups key export` prints it, to be kept elsewhere'
      : '`backup.encrypt`: this box has no key; `pinky backups key new` makes one',
  );
}

async function ringOf(home: string) {
  // loaded late: few commands need it, and it brings what packs and unpacks archives
  const { KeyRing } = await import('@pinky/funpack-runner');
  return new KeyRing(home);
}
