import type { BackupResult, ErrorAnswer, ServerStatus } from '@pinky/protocol';
import type { GameServer } from '../life/game-server.js';

/** The answer to `pinky explain`: the server's status, why, what comes next, and the game's last lines. */
export interface Explanation {
  readonly status: ServerStatus;
  readonly failure?: ErrorAnswer;
  readonly funpack?: string;
  /** The last backup since its worker began, with what it lacks. */
  readonly backup?: BackupResult;
  readonly lastLines: readonly string[];
}

export function explain(server: GameServer): Explanation {
  return {
    status: server.status(),
    lastLines: server.runs.current?.runLog.lastLines.all ?? [],
    ...(server.failure && { failure: server.failure }),
    ...(server.backup && { backup: server.backup }),
    ...(server.funpack && { funpack: server.funpack.dir }),
  };
}
