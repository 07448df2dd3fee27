import type { Clock } from '@pinky/protocol/base';
import type { ProcessLogger, ProcessTree } from '@pinky/supervisor';
import type { WorkerLadders } from '../config/ladders.js';
import type { EffectiveConfig } from '../config/server-config.js';
import type { LiveRelease } from '../process/live-release.js';
import type { SocketManager } from '../sockets/socket-manager.js';
import type { WorkerExits } from './worker-exits.js';

/** The parts of a server that workers of all types need. */
export interface ServerParts {
  readonly clock: Clock;
  readonly tree: ProcessTree;
  readonly exits: WorkerExits;
  /** The configuration in effect. */
  readonly config: () => EffectiveConfig;
  readonly ladders: WorkerLadders;
  readonly logger: ProcessLogger;
  readonly sockets: SocketManager;
  /** Where the program's files are now. */
  readonly release: LiveRelease;
}
