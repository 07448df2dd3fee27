import type { BackupsResult, BackupView } from '@pinky/protocol';
import { z } from 'zod';
import type { ApiParts, App } from '../http/app.js';
import { answers, moment, serverParams } from '../http/schemas.js';
import { addChange, type Change } from '../servers/change-route.js';
import { knownServer } from '../servers/known-server.js';

const backupSchema = z.object({
  name: z.string(),
  seconds: z.int().describe('the number in its name, which is what to give to other requests'),
  madeAt: moment,
  unchangedAt: moment.optional().describe('the world was found to be the same later'),
  size: z.number().describe('bytes'),
  kind: z.enum(['full', 'incremental']),
  base: z.string().optional().describe('the full backup that an incremental one needs'),
  isClean: z.boolean(),
  isUnclean: z.boolean().optional(),
  isIncomplete: z.boolean().optional(),
  pinnedUntil: z.string().optional().describe('ISO 8601, or `ever`'),
  because: z.string().optional(),
  verifiedAt: moment.optional(),
  problem: z.string().optional(),
  restoredFrom: z.string().optional(),
  copies: z.int().describe('how many copies lie in stores'),
}).meta({ id: 'Backup' });

const backups = { method: 'POST', verb: 'backups', tag: 'backups' } as const;
const ofOne = { ...backups, isForGone: true } as const;

const changes: readonly Change[] = [
  {
    ...backups,
    path: '/backups',
    command: 'backup',
    summary: 'Make a backup',
    body: z
      .strictObject({ force: z.boolean().optional().describe('everything in the folder, without the game') })
      .nullish(),
  },
  {
    ...ofOne,
    path: '/backups/:backup/restore',
    command: 'restore',
    summary: 'Go back to this world; a server that is up is stopped and started again',
  },
  { ...ofOne, path: '/backups/:backup/verify', command: 'verify', summary: 'Read a backup back to its end' },
  { ...ofOne, path: '/backups/:backup/unpin', command: 'unpin', summary: 'Let a backup go when its time comes' },
  {
    ...ofOne,
    path: '/backups/:backup/pin',
    command: 'pin',
    summary: 'Keep a backup',
    body: z.strictObject({
      days: z.number().int().min(1).max(36_500).optional().describe('absent: for ever'),
      because: z.string().min(1).max(300).optional(),
    }).nullish(),
  },
  {
    ...ofOne,
    method: 'DELETE',
    path: '/backups/:backup',
    command: 'backups rm',
    summary: 'Remove a backup',
    query: z.strictObject({ discard: z.stringbool().optional().describe('the newest one too') }),
  },
];

export function addBackupRoutes(app: App, parts: ApiParts): void {
  app.get('/v1/servers/:id/backups', {
    config: { needs: { verb: 'read', of: 'server' } },
    schema: {
      tags: ['backups'],
      summary: 'The backups of a server, the newest first; also of one that is gone',
      params: serverParams,
      response: answers(z.object({ backups: z.array(backupSchema) })),
    },
  }, async ({ params: { id } }) => ({ backups: (await backupsOf(parts, id)).map(shownBackup) }));
  for (const change of changes) addChange(app, parts, change);
}

/** How long the list may take, milliseconds: a runner reads it from the folders. */
const listMs = 30_000;

/** Throws `not_found` where neither the server nor a backup of it is known. */
export async function backupsOf({ queue, state }: ApiParts, serverId: string): Promise<readonly BackupView[]> {
  const answer = await queue.ask('command', { name: 'backups', data: { serverId } }, listMs);
  const { servers } = answer as BackupsResult; // the protocol promises it for `backups`
  const found = servers.find((one) => one.serverId === serverId)?.backups ?? [];
  if (found.length === 0) await knownServer(state, serverId);
  return found;
}

/** Without where it lies on the box and in stores. */
function shownBackup(backup: BackupView): z.infer<typeof backupSchema> {
  const { path: _path, when: _when, copies = [], pinnedUntil, verifiedAt, unchangedAt, ...rest } = backup;
  const iso = (ms: number): string => new Date(ms).toISOString();
  return {
    ...rest,
    madeAt: iso(backup.seconds * 1000),
    copies: copies.length,
    ...(unchangedAt !== undefined && { unchangedAt: iso(unchangedAt) }),
    ...(verifiedAt !== undefined && { verifiedAt: iso(verifiedAt) }),
    ...(pinnedUntil !== undefined && { pinnedUntil: pinnedUntil === 'ever' ? 'ever' : iso(pinnedUntil) }),
  };
}
