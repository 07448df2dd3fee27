import { dirname, resolve } from 'node:path';
import { asPinkyError, errnoOf } from '@pinky/protocol';
import { isSystemdRunning, systemctl, unitsDir } from '../systemd/systemctl.js';
import { writeWhole } from '../systemd/write-file.js';
import { renewedText, writtenUnits, type WrittenUnit } from '../systemd/written-unit.js';
import { fileOf, type ServiceUnit } from './service.js';

/** The result for one unit. `changed`: it was edited by hand. `closed`: this user may not write it. */
export interface Renewal {
  readonly path: string;
  readonly outcome: 'current' | 'rewritten' | 'changed' | 'closed';
}

export interface RenewalRequest {
  readonly home: string;
  /** The folder to look in. Default: that of the machine's units. */
  readonly dir: string | undefined;
  /** The unit that runs the box, if one does. Its folder is looked in too. */
  readonly service: ServiceUnit | undefined;
}

/**
 * Rewrites the units of a home that `pinky install` wrote, so that they start this version. A unit that was edited by
 * hand stays as it is. If systemd runs, it reads its units again. Throws `launch_failed` if it does not.
 */
export async function renewUnits({ home, dir, service }: RenewalRequest): Promise<readonly Renewal[]> {
  const own = service && fileOf(service);
  const dirs = new Set([resolve(dir ?? unitsDir), ...(own === undefined ? [] : [dirname(own)])]);
  const renewals = [...dirs].flatMap((each) => writtenUnits(each, home)).map(renew);
  const isKnownToSystemd = service !== undefined || dirs.has(unitsDir);
  if (isKnownToSystemd && isSystemdRunning() && renewals.some(({ outcome }) => outcome === 'rewritten')) {
    await systemctl('launch_failed', ...(service?.scope ?? []), 'daemon-reload');
  }
  return renewals;
}

function renew(unit: WrittenUnit): Renewal {
  const { path } = unit;
  const text = renewedText(unit);
  if (text === unit.text) return { path, outcome: 'current' };
  if (unit.isChanged) return { path, outcome: 'changed' };
  try {
    writeWhole(path, text, 0o644);
    return { path, outcome: 'rewritten' };
  } catch (error) {
    const isForRoot = ['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(error) ?? '');
    if (!isForRoot) throw asPinkyError(error);
    return { path, outcome: 'closed' };
  }
}

/** One sentence for people. */
export function renewalText({ path, outcome }: Renewal): string {
  switch (outcome) {
    case 'current': return `${path} starts this version already`;
    case 'rewritten': return `${path} was rewritten: it starts this version now`;
    case 'changed':
      return `${path} was changed by hand and stays as it is; \`pinky install --systemd\` writes it anew`;
    case 'closed': return `${path} may not be written by this user; \`pinky install --systemd\` as root writes it anew`;
  }
}
