import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { PinkyError, type ErrorCode } from '@pinky/protocol';

/** Where units of the machine are. */
export const unitsDir = '/etc/systemd/system';

/** Whether systemd runs this machine. sd_booted(3) looks at the same folder. */
export const isSystemdRunning = (): boolean => existsSync('/run/systemd/system');

/** How long systemd may take to answer a question, in milliseconds. */
const askMs = 5_000;

/** Runs systemctl(1) and waits for its end, however long that takes. Throws `code` with what it printed. */
export async function systemctl(code: ErrorCode, ...args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)('systemctl', [...args]);
  } catch (cause) {
    const printed =
      typeof cause === 'object' && cause !== null && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    throw new PinkyError(code, `systemctl ${args.join(' ')} failed: ${printed}`, { cause });
  }
}

/** One property of a unit. Undefined if no systemd answers. `scope` is `--user` for the systemd of a user. */
export function propertyOf(unit: string, property: string, scope: readonly string[]): string | undefined {
  try {
    return execFileSync('systemctl', [...scope, 'show', `--property=${property}`, '--value', unit], {
      stdio: 'pipe',
      encoding: 'utf8',
      timeout: askMs,
    }).trim();
  } catch {
    return undefined; // no systemd of that kind answers
  }
}
