import { existsSync } from 'node:fs';
import { toErrorAnswer, PinkyError } from '@pinky/protocol';
import { readJournal } from '../record/run-journal.js';
import type { ServerRecord } from '../record/server-record.js';
import type { ServerFiles } from '../record/server-files.js';

/**
 * Works out what is known of a server whose server.json is damaged or gone, from the journals of its runs. The server
 * counts as failed, so nothing is launched from it. A game that runs goes on all the same.
 */
export function recordFromRuns(files: ServerFiles): ServerRecord {
  const entries = files.runs().flatMap((run) => readJournal(files.paths.run(run).journal).map(({ entry }) => entry));
  const port = entries.findLast(({ type }) => type === 'launched')?.['port'];
  const url = entries.findLast(({ type }) => type === 'preparing')?.['funpack'];
  const failure = new PinkyError(
    'internal',
    `server ${files.serverId}: its server.json cannot be read; start it again with all its data, or stop it`,
  );
  return {
    format: 1,
    wanted: 'up',
    restarts: 0,
    failed: toErrorAnswer(failure),
    start: {
      serverId: files.serverId,
      funpack: { url: typeof url === 'string' ? url : 'unknown' },
      ram: { min: 1024, max: 1024 },
      settings: {},
    },
    port: typeof port === 'number' ? port : 0,
    hasWorld: existsSync(files.paths.working),
    isPrepared: false,
  };
}
