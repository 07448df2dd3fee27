import { useState } from 'preact/hooks';
import type { Undo } from '../api/box.js';
import { problemOf, type Problem } from '../api/problem.js';
import type { Backup } from '../api/types.js';
import { useLoaded } from '../parts/loaded.js';
import type { ServerTabProps } from '../server/server-tab-props.js';
import type { AskedBackup } from './backup-question.js';
import type { BackupAction } from './backup-row.js';
import { pinAgain } from './days.js';

/** The backups of a server, and the changes of them. */
export function useBackups({ box, server }: Pick<ServerTabProps, 'box' | 'server'>) {
  const { serverId } = server;
  const path = `/v1/servers/${encodeURIComponent(serverId)}/backups`;
  const loaded = useLoaded(() => box.client.get<{ backups: readonly Backup[] }>(path), [serverId, server.isBackingUp]);
  const [asked, setAsked] = useState<AskedBackup>();
  const [problem, setProblem] = useState<Problem>();
  const send = (words: string, method: 'POST' | 'DELETE', end: string, undo?: Undo): Promise<unknown> => {
    const change = { method, path: path + end, ...(method === 'POST' && { body: {} }) };
    return box.send(`${words} of ${serverId}`, change, () => undo)
      .then(() => setProblem(undefined), (failure: unknown) => setProblem(problemOf(failure)))
      .then(loaded.again);
  };
  const act = (backup: Backup) => (action: BackupAction): Promise<unknown> | void => {
    const one = `/${backup.seconds}`;
    switch (action) {
      case 'restore': case 'delete': return setAsked({ what: action, backup });
      case 'verify': return send('Verify', 'POST', `${one}/verify`);
      case 'pin': case 'unpin': {
        const back = `${path}${one}/${action === 'pin' ? 'unpin' : 'pin'}`;
        const body = action === 'pin' ? {} : pinAgain(backup, Date.now());
        const undo = { method: 'POST', path: back, body, onDone: loaded.again } as const;
        return send(action === 'pin' ? 'Pin' : 'Unpin', 'POST', `${one}/${action}`, undo);
      }
    }
  };
  const yes = ({ what, backup: { seconds } }: AskedBackup): void => {
    setAsked(undefined);
    void (what === 'restore'
      ? send(`Restore ${seconds}`, 'POST', `/${seconds}/restore`)
      : send(`Remove ${seconds}`, 'DELETE', `/${seconds}`));
  };
  const backups = loaded.value?.backups ?? [];
  return { loaded, backups, asked, setAsked, problem, send, act, yes };
}
