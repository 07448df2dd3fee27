import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { memoryLimit, type Isolation, type Limits } from '@pinky/jail';
import { boxPaths, type BoxConfig, type StartOrder } from '@pinky/protocol';

/** How a server's game is confined: as it was configured when its start began. A crash changes nothing about that. */
export interface Confinement {
  readonly limits?: Limits;
  /** Absent: the game runs as the user of the box, and sees what that user sees. */
  readonly isolation?: Isolation;
  /** Why the game is not isolated as its operator wanted it. */
  readonly notIsolated?: string;
}

/** Undefined if the configuration says nothing, because an older version wrote it. */
export function limitsOf({ limits }: BoxConfig, start: StartOrder): Limits | undefined {
  if (!limits) return undefined;
  const { hasMemory, headroomBytes, processes, cpuWeight, cpuQuotaPercent, oomScore } = limits;
  return {
    ...(hasMemory && start.isRamGiven && { memoryBytes: memoryLimit(start.ram.max, headroomBytes) }),
    ...(processes > 0 && { processes }),
    cpuWeight,
    ...(cpuQuotaPercent > 0 && { cpuQuotaPercent }),
    oomScore,
  };
}

/** Where a server's cgroup is: below the home's own, since a machine may have several boxes. */
export const cgroupPath = (home: string, serverId: string): string => `pinky/${identityOf(home)}/${serverId}`;

/** The identity of the home. One that has none yet is named by its path. */
export function identityOf(home: string): string {
  try {
    const identity = readFileSync(boxPaths(home).identity, 'utf8').trim();
    if (/^[0-9a-f-]{36}$/.test(identity)) return identity;
  } catch {
    // the queue makes it; a worker may be alone
  }
  return createHash('sha256').update(home).digest('hex').slice(0, 16);
}
