import { existsSync } from 'node:fs';
import { serverPaths, type BoxConfig, type ParkRecord } from '@pinky/protocol';
import { forgetPark, recordPark } from '@pinky/funpack-runner/light';
import { currentPark } from './server-folder.js';

/**
 * Notes that the world of a stopped server is to be changed: no backup holds it any more. So the next start goes on
 * with it, and it is not removed before a backup holds it again. Call it before the change.
 */
export function noteEdited({ servers }: BoxConfig, serverId: string): void {
  if (existsSync(serverPaths(servers, serverId).working)) return; // it runs; its next backup has the change
  const park = currentPark(servers, serverId);
  if (!park?.record || park.record.failure?.message === edited) return;
  const { backup: _backup, gaps: _gaps, failure: _failure, ...record } = park.record;
  const failure = { code: 'world_unsaved', message: edited } as const;
  recordPark(park, { ...record, newest: newestBefore(park.record), failure });
  // A start has taken the world meanwhile: it is in use, and its next backup has the change.
  if (!existsSync(park.path)) forgetPark(servers, park);
}

const edited = 'its files were changed over HTTP since its last backup';

/** The number of the newest backup before the change: the world counts as newer than that one. */
function newestBefore({ newest, backup = '' }: ParkRecord): number {
  return Math.max(newest, Number(/\.(\d+)(?:\.incremental)?\.tar\.[a-z]+(?:\.enc)?$/.exec(backup)?.[1] ?? 0));
}
