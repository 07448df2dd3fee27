import { HandoffSlave, type Logger, type Message, type StoppedShard } from '@pinky/protocol';

export interface WorkerSlaveInput {
  readonly send: (message: Message) => boolean;
  readonly log: Logger;
  /** Lets go of the server, for the worker that waits for it. */
  readonly handOver: () => Promise<StoppedShard>;
  /** Lets go of the server, for whichever worker comes next. */
  readonly letGo: () => Promise<void>;
  /** Leaves, and leaves the game as it is for the next worker. */
  readonly leave: () => Promise<void>;
}

/** A worker's end of a handoff (docs/handoff.md). The game server is the shard. */
export const workerSlave = ({ send, log, handOver, letGo, leave }: WorkerSlaveInput): HandoffSlave =>
  new HandoffSlave({
    send,
    onFailure: (error) => log.error({ event: 'handoff.failed', error: String(error) }),
    duties: {
      softStart: async () => undefined,
      fullStart: async () => undefined, // it serves already
      migrationStart: async (_from, shards) => shards,
      stopShard: handOver,
      guildState: () => undefined,
      resume: leave, // the server was given back: a fresh process finds everything on disk
      shutdown: letGo,
      leave,
    },
  });
