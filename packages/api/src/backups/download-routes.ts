import { constants, openSync } from 'node:fs';
import { z } from 'zod';
import { PinkyError, type BackupView } from '@pinky/protocol';
import { sendFile } from '../files/send-file.js';
import type { ApiParts, App } from '../http/app.js';
import { problem, serverParams } from '../http/schemas.js';
import { backupsOf } from './backup-routes.js';

export function addDownloadRoutes(app: App, parts: ApiParts): void {
  app.get('/v1/servers/:id/backups/:backup/download', {
    config: { needs: { verb: 'backups', of: 'server' } },
    schema: {
      tags: ['backups'],
      summary: 'The archive of a backup, whole or by ranges; an incremental one needs its full one beside it',
      params: serverParams.extend({ backup: z.string().min(1).max(300) }),
      response: {
        200: { description: 'The archive', content: { 'application/octet-stream': { schema: z.string() } } },
        206: { description: 'A range of it', content: { 'application/octet-stream': { schema: z.string() } } },
        default: problem,
      },
    },
  }, async (request, reply) => {
    const { id, backup } = request.params;
    const { path, name } = meantBackup(await backupsOf(parts, id), backup);
    return sendFile(request, reply, { fd: opened(path, name), name });
  });
}

/** The one backup that is meant. Throws `not_found`, or `bad_request` where several begin so. */
function meantBackup(backups: readonly BackupView[], which: string): BackupView {
  const exact = backups.filter(({ name, seconds }) => name === which || String(seconds) === which);
  const found = exact.length > 0 ? exact : which === 'latest' ? backups.slice(0, 1) : backups.filter((backup) =>
    backup.name.startsWith(which) || String(backup.seconds).startsWith(which));
  const [first, second] = found;
  if (!first) throw new PinkyError('not_found', `there is no backup ${which}`);
  if (second) throw new PinkyError('bad_request', `several backups begin with ${which}`);
  return first;
}

function opened(path: string, name: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (cause) {
    throw new PinkyError('not_found', `the archive ${name} is not on this box`, { cause });
  }
}
