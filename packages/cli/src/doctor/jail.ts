import {
  findHierarchies,
  lacksFor,
  makeCgroup,
  removeCgroup,
  strictestHere,
  type Strictest,
} from '@pinky/jail';
import { areOwnPortsGuarded, guardedPorts } from '@pinky/box/config';
import type { BoxConfig } from '@pinky/protocol';
import { openRedisNotes } from '../observe/redis-row.js';
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
export function checkIsolation(config: Pick<BoxConfig, 'isolation' | 'home' | 'servers'>): Finding {
  const name = 'isolation';
  const { kind = 'none', chosenBy } = config.isolation ?? {};
  const strictest = strictestHere(config);
  if (kind === 'none') return withoutAny(strictest, chosenBy);
  const lacks = lacksFor(kind, config);
  const found = `${kind}: every game has a user of its own from its next start on`;
  if (lacks === undefined) return { name, level: 'ok', found };
  return {
    name,
    level: kind === 'strict' && chosenBy !== 'home' ? 'bad' : 'odd',
    found: `\`isolation: ${kind}\` cannot be had: ${lacks}`,
    fix: `\`isolation: ${strictest.kind}\` in pinky.yml, or another machine; docs/security.md`,
  };
}

function withoutAny({ kind, because }: Strictest, chosenBy: NonNullable<BoxConfig['isolation']>['chosenBy']): Finding {
  const name = 'isolation';
  const found = 'games run as the user of the box, and can read and change all that it can';
  if (kind === 'none') return { name, level: 'ok', found: `${found}; ${because}` };
  const who = chosenBy === undefined ? '; nobody has chosen that: the home is older than this option' : '';
  const fix = `\`isolation: ${kind}\` in pinky.yml; \`pinky isolate --dry-run\` tries it (docs/security.md)`;
  return { name, level: 'odd', found: `${found}${who}`, fix };
}

/** Whether isolated games are kept from the ports of Redis and the API, and what they can do to a Redis of your own. */
export function checkGuardedPorts(config: BoxConfig): Finding[] {
  const name = 'ports of the box';
  const isGuarded = areOwnPortsGuarded(config);
  const open = openRedisNotes(config, isGuarded === true)
    .map((found): Finding => ({ name: 'your own Redis', level: 'odd', found }));
  if (isGuarded === undefined || open.length > 0) return open;
  const ports = guardedPorts(config).map(({ port }) => port).join(', ');
  return isGuarded
    ? [{ name, level: 'ok', found: `games cannot connect to ${ports}` }]
    : [{
        name,
        level: 'odd',
        found: `games can connect to ${ports}, which are those of Redis and the API`,
        fix: 'apt-get install nftables, then `pinky reload`; docs/security.md',
      }];
}
