import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FunpackManifest } from '@pinky/protocol';
import { installObstacles } from './able.js';
import { funpackPath, whichProgram } from '../launch/environment.js';
import { error, manifestFile, warning, type FunpackFinding } from '../funpack/finding.js';
import { findProgram } from '../funpack/read-funpack.js';

/** The faults of a funpack's install script, and what its files mean for the backups. */
export function checkInstall(dir: string, { install, persistent, backup }: FunpackManifest): FunpackFinding[] {
  if (!install) return [];
  const { script, shell = 'sh', requires = [] } = install;
  const isBrought = requires.some((one) => one.program === shell);
  const hasShell = isBrought || whichProgram(shell, funpackPath(), '/') !== undefined;
  const isInBackups = persistent === true && !backup?.paths && findProgram(dir, 'import') === 'absent';
  return [
    ...(existsSync(join(dir, script)) ? [] : [error(manifestFile, `install.script: ${script} is not there`)]),
    ...(hasShell ? [] : [error(manifestFile, `install.shell: ${shell} is not installed`)]),
    ...installObstacles().map((reason) => warning(manifestFile, `install: cannot run here: ${reason}`)),
    ...(isInBackups
      ? [warning(manifestFile, 'install: its files are part of every backup; name the world\'s own in backup.paths')]
      : []),
  ];
}
