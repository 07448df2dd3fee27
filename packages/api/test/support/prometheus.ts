import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The place where `./scripts/test` puts the programs that it takes out of Debian's package. */
const taken = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'pinky', 'prometheus');

/** A program of Prometheus: the one on the PATH, or the one that was taken out of Debian's package. */
export function prometheusProgram(name: 'prometheus' | 'promtool'): string {
  const isInstalled = spawnSync(name, ['--version']).status === 0;
  return isInstalled || !existsSync(join(taken, name)) ? name : join(taken, name);
}

/** False where `./scripts/test` could bring neither. */
export const hasPrometheus = spawnSync(prometheusProgram('promtool'), ['--version']).status === 0;
