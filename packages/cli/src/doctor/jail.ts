import { findHierarchies, makeCgroup, removeCgroup } from '@pinky/jail';
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
