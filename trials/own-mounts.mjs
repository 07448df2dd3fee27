import { readlinkSync } from 'node:fs';

/** Throws where this process has the mounts of whoever started the trial: scripts/chaos says which those are. */
export function assertOwnMounts() {
  const outside = process.env.PINKY_TRIAL_OUTSIDE;
  const isOwn = outside !== undefined && readlinkSync('/proc/self/ns/mnt') !== outside;
  if (!isOwn) throw new Error('it needs a mount namespace of its own');
}
