import { existsSync, readFileSync, statfsSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import type { BoxConfig } from '@pinky/protocol';
import { formatSize } from '../terminal/figures.js';
import type { Finding } from './finding.js';

const oldestNode = [20, 19] as const;

export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  if (isEnough) return { name: 'node', level: 'ok', found: version };
  return {
    name: 'node',
    level: 'bad',
    found: version,
    fix: `install Node ${oldestNode.join('.')} or later from nodejs.org or with \`npx node@24\``,
  };
}

/** Only its owner may enter the home. */
export function checkHome(home: string, uid = process.getuid?.()): Finding {
  const found = lookAt(home);
  const name = 'home';
  if (found === 'closed') {
    return {
      name,
      level: 'bad',
      found: `${home} is closed to this user`,
      fix: 'run pinky as the user to whom it belongs, or set PINKY_HOME',
    };
  }
  if (!found) return { name, level: 'ok', found: `${home} does not exist yet; \`pinky up\` makes it` };
  if (!found.isDirectory()) {
    return {
      name,
      level: 'bad',
      found: `${home} is not a directory`,
      fix: 'move it away, or set PINKY_HOME',
    };
  }
  if (uid !== undefined && found.uid !== uid) {
    return {
      name,
      level: 'bad',
      found: `${home} belongs to user ${found.uid}, not to ${uid}`,
      fix: `run pinky as that user, or chown -R ${uid} ${home}`,
    };
  }
  const mode = found.mode & 0o777;
  if ((mode & 0o066) !== 0) { // others may pass through it where games have users of their own
    return {
      name,
      level: 'odd',
      found: `${home} is open to others (${mode.toString(8)})`,
      fix: `chmod 700 ${home}`,
    };
  }
  return { name, level: 'ok', found: home };
}

function lookAt(home: string): Stats | 'closed' | undefined {
  try {
    return statSync(home, { throwIfNoEntry: false });
  } catch {
    return 'closed';
  }
}

const littleDiskBytes = 2 ** 30;

export function checkDisk(dir: string): Finding {
  let place = dir;
  while (!existsSync(place)) place = dirname(place);
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const found = `${formatSize(free)} free at ${place}`;
  return free >= littleDiskBytes
    ? { name: 'disk', level: 'ok', found }
    : {
        name: 'disk',
        level: 'odd',
        found,
        fix: 'free some disk space: starts and backups need it',
      };
}

/** How many ports of the pool are free, both for TCP and UDP. */
export function checkPorts({ first, step, count }: BoxConfig['ports']): Finding {
  const used = new Set(['tcp', 'tcp6', 'udp', 'udp6'].flatMap(boundPorts));
  const pool = Array.from({ length: count }, (_, i) => first + i * step);
  const free = pool.filter((port) => !used.has(port));
  const found = `${free.length} of ${count} ports free, from ${first} in steps of ${step}`;
  return free.length > 0
    ? { name: 'ports', level: 'ok', found }
    : { name: 'ports', level: 'bad', found, fix: 'widen `ports` in pinky.yml' };
}

/** Ports in /proc/net/<protocol> (proc_pid_net(5)): TCP ports that listen (state 0A), UDP ports that are bound. */
function boundPorts(protocol: string): number[] {
  const file = `/proc/net/${protocol}`;
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').trim().split('\n').slice(1).flatMap((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/);
    return protocol.startsWith('udp') || state === '0A' ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : [];
  });
}
