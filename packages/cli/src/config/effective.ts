import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { boxPaths, errnoOf, makeDir, PinkyError, type BoxConfig } from '@pinky/protocol';

/** The configuration that the running box was given, or undefined where none was written yet. */
export function readEffectiveConfig(home: string): BoxConfig | undefined {
  const file = boxPaths(home).effectiveConfig;
  try {
    // Only `writeEffectiveConfig` writes it, atomically.
    return JSON.parse(readFileSync(file, 'utf8')) as BoxConfig;
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return undefined;
    throw new PinkyError('bad_option', `${file} cannot be read; remove it, \`pinky up\` writes it again`, { cause });
  }
}

/** Writes effective.json: whole or not at all, for the owner's eyes only (it holds secrets). */
export function writeEffectiveConfig(config: BoxConfig): void {
  const { effectiveConfig } = boxPaths(config.home);
  const draft = `${effectiveConfig}.${process.pid}`;
  try {
    writeFileSync(draft, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(draft, effectiveConfig);
  } catch (error) {
    rmSync(draft, { force: true }); // a full disk leaves a part of it
    throw error;
  }
}

/**
 * Makes the folders of a box; the home is closed to everybody else, also where it was there before. Throws
 * `bad_option`, `read_only`, `no_space`.
 */
export function prepareHome(config: BoxConfig): void {
  const paths = boxPaths(config.home);
  for (const dir of [config.home, paths.logDir, paths.redisDir]) {
    makeFolder(dir);
    chmodSync(dir, 0o700);
  }
  for (const dir of [config.servers, config.backups]) makeFolder(dir);
}

/** What the machine does not allow is said of the folder; a full or read-only disk has a code of its own. */
function makeFolder(dir: string): void {
  try {
    makeDir(dir);
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === 'EEXIST') return; // made by somebody else in this moment
    if (errno === 'EROFS' || errno === 'ENOSPC') throw cause;
    throw new PinkyError(
      'bad_option',
      `the folder ${dir} cannot be made (${errno ?? String(cause)}); name another one: --home or PINKY_HOME, ` +
        `\`servers\` or \`backups\``,
      { cause },
    );
  }
}
