import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { boxPaths, errnoOf, PinkyError, type BoxConfig } from '@pinky/protocol';

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

/** Makes the folders of a box; the home is closed to everybody else, also where it was there before. */
export function prepareHome(config: BoxConfig): void {
  const paths = boxPaths(config.home);
  for (const dir of [config.home, paths.logDir, paths.redisDir]) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    chmodSync(dir, 0o700);
  }
  for (const dir of [config.servers, config.backups]) mkdirSync(dir, { recursive: true, mode: 0o700 });
}
