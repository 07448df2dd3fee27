import { chmodSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { boxPaths, errnoOf, makeDir, openHome, PinkyError, type BoxConfig } from '@pinky/protocol';
import { keepIsolation } from './home-isolation.js';
import { claimServers } from './servers-owner.js';
import { assertHomePlaces } from './home-places.js';

/** Writes effective.json whole or not at all. Only its owner may read it, because it holds secrets. */
export function writeEffectiveConfig(config: BoxConfig): void {
  const { effectiveConfig } = boxPaths(config.home);
  const draft = `${effectiveConfig}.${process.pid}`;
  try {
    writeFileSync(draft, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(draft, effectiveConfig);
  } catch (error) {
    rmSync(draft, { force: true }); // a full disk leaves a part of it
    throw error;
  }
}

/**
 * Makes the folders of a box, and closes the home to other users even if it existed before. Throws `bad_option`,
 * `misplaced`, `read_only` or `no_space`.
 */
export function prepareHome(config: BoxConfig): void {
  const paths = boxPaths(config.home);
  assertHomePlaces(config);
  makeFolder(config.home);
  keepIsolation(config);
  for (const dir of [config.home, paths.logDir, paths.redisDir]) {
    makeFolder(dir);
    chmodSync(dir, 0o700);
  }
  const isIsolated = (config.isolation?.kind ?? 'none') !== 'none' || existsSync(paths.users);
  if (isIsolated) openHome(config.home);
  for (const dir of [config.servers, config.backups]) makeFolder(dir);
  claimServers(config);
}

/** A full or read-only disk has a code of its own. Every other failure says which folder to name instead. */
function makeFolder(dir: string): void {
  try {
    makeDir(dir);
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === 'EEXIST') return; // another process has just made it
    if (errno === 'EROFS' || errno === 'ENOSPC') throw cause;
    throw new PinkyError(
      'bad_option',
      `the folder ${dir} cannot be made (${errno ?? String(cause)}); choose another one with --home, PINKY_HOME, ` +
        '`servers` or `backups`',
      { cause },
    );
  }
}
