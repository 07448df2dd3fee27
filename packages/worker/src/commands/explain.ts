import type { FaultCounts } from '@pinky/funpack-runner/light';
import type { BackupResult, ErrorAnswer, ServerStatus } from '@pinky/protocol';
import type { GameServer } from '../life/game-server.js';
import type { HangFacts } from '../hang/hang-watch.js';
import type { QueryFacts } from '../query/game-query.js';

/** The answer to `pinky explain`: the server's status, why, what comes next, and the game's last lines. */
export interface Explanation {
  readonly status: ServerStatus;
  readonly failure?: ErrorAnswer;
  readonly funpack?: string;
  /** The last answer of the game by its own protocol. Absent if its funpack does not say how it is asked. */
  readonly query?: QueryFacts;
  /** The signs of a hang. Absent while the game was heard not long ago. */
  readonly hang?: HangFacts;
  /** The last backup since its worker began, with what it lacks. */
  readonly backup?: BackupResult;
  readonly lastLines: readonly string[];
  /** How many lines of this run named an event that lacks a field, by the kind of fault. Absent if there is none. */
  readonly faults?: FaultCounts;
}

/** Facts about the game that others than its server have. */
export interface GameFacts {
  readonly query?: QueryFacts | undefined;
  readonly hang?: HangFacts | undefined;
}

export function explain(server: GameServer, { query, hang }: GameFacts = {}): Explanation {
  const faults = server.runs.current?.talk.faults ?? {};
  return {
    status: server.status(),
    lastLines: server.runs.current?.runLog.lastLines.all ?? [],
    ...(Object.keys(faults).length > 0 && { faults }),
    ...(query && { query }),
    ...(hang && { hang }),
    ...(server.failure && { failure: server.failure }),
    ...(server.backup && { backup: server.backup }),
    ...(server.funpack && { funpack: server.funpack.dir }),
  };
}
