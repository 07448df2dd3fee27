import { findHierarchies, hasNamespaces, lacksUsers, makeCgroup, removeCgroup } from '@pinky/jail';
import type { BoxConfig } from '@pinky/protocol';
import type { Finding } from './finding.js';

/** Tries to make a cgroup with every limit, as a launch does. */
export function checkCgroups(pid = process.pid): Finding {
  const limits = { memoryBytes: 2 ** 30, processes: 1_000, cpuWeight: 100, cpuQuotaPercent: 100 };
  const { folders, missing } = makeCgroup({ hierarchies: findHierarchies(), path: `pinky/doctor-${pid}`, limits });
  removeCgroup(folders, 1);
  const name = 'cgroups';
  if (folders.length > 0 && missing.length === 0) {
    return { name, level: 'ok', found: 'games can have limits on memory, processes and processors' };
  }
  return {
    name,
    level: 'odd',
    found:
      folders.length === 0
        ? 'this user can make none: games run without limits'
        : `games run without some limits: ${missing.map(({ because }) => because).join('; ')}`,
    fix: 'run the box as root, or have cgroups delegated to its user; docs/security.md',
  };
}

/** The isolation that games have, and the strictest that they could have. */
export function checkIsolation({ isolation }: Pick<BoxConfig, 'isolation'>): Finding {
  const name = 'isolation';
  const kind = isolation?.kind ?? 'none';
  const lacks = lacksUsers();
  const strictest = lacks !== undefined ? 'none' : hasNamespaces() ? 'strict' : 'user';
  const isHad = kind === strictest || (kind === 'user' && lacks === undefined);
  if (kind === 'none') {
    const found = 'games run as the user of the box, and can read and change all that it can';
    return strictest === 'none'
      ? { name, level: 'ok', found: `${found}; ${lacks}` }
      : { name, level: 'odd', found, fix: `\`isolation: ${strictest}\` in pinky.yml; docs/security.md` };
  }
  if (isHad) return { name, level: 'ok', found: `${kind}: every game has a user of its own from its next start on` };
  return {
    name,
    level: kind === 'strict' ? 'bad' : 'odd',
    found: `\`isolation: ${kind}\` cannot be had: ${lacks ?? 'this machine lets Pinky make no namespaces'}`,
    fix: `\`isolation: ${strictest}\` in pinky.yml, or another machine; docs/security.md`,
  };
}
