import {
  asPinkyError,
  boxPaths,
  PinkyError,
  requestOnce,
  systemClock,
  type PeerRole,
  type RequestOptions,
  type ServerStatus,
} from '@pinky/protocol';
import { greeting } from './greeting.js';

/** One child as the supervisor sees it. */
export interface ChildView {
  readonly role: PeerRole | 'redis';
  /** Absent while it is between two lives. */
  readonly pid?: number;
  readonly title?: string;
  readonly state?: string;
  readonly serverId?: string;
  readonly status?: ServerStatus;
  readonly restarts?: number;
  readonly heartbeatAgeMs?: number;
}

/** The supervisor's answer to `ps`. `since` is Unix milliseconds. */
export interface SupervisorView {
  readonly box: string;
  readonly version: string;
  readonly pid: number;
  readonly since: number;
  /** `running`, `draining`, `detaching` or `quitting`. */
  readonly phase?: string;
  readonly children: readonly ChildView[];
}

/** `drain` stops every game, `detach` leaves them running, `immediate` does not wait for them. */
export type ShutdownMode = 'drain' | 'detach' | 'immediate';

/** Asks the supervisor of a box. Throws `supervisor_unreachable` where none listens, and what it answers. */
export async function askSupervisor(
  home: string,
  method: string,
  params: unknown,
  options: RequestOptions,
): Promise<unknown> {
  try {
    return await requestOnce({ path: boxPaths(home).supervisorSocket }, method, params, {
      ...options,
      greet: greeting(),
    });
  } catch (error) {
    if (!(error instanceof PinkyError) || error.code !== 'connection_lost' || !isNobodyThere(error)) throw error;
    throw new PinkyError('supervisor_unreachable', `no supervisor runs in ${home}`, { cause: error });
  }
}

/** How long the supervisor may take for a look at its children: it has nothing to wait for. */
const lookMs = 3000;

/**
 * A supervisor that is on its way out may take a connection and end it: its main thread is gone before the others are.
 * So a connection that breaks is tried once more.
 */
export async function askForTree(home: string, deadlineMs = lookMs): Promise<SupervisorView> {
  const ask = () => askSupervisor(home, 'ps', {}, { deadlineMs });
  const answer = await ask().catch(async (error: unknown) => {
    if (asPinkyError(error).code !== 'connection_lost') throw error;
    await systemClock.sleep(breathMs);
    return ask();
  });
  // The answer of our own supervisor; its shape is fixed by this package.
  return answer as SupervisorView;
}

const breathMs = 100;

/** A refused connection has the system call's error as its cause; one that broke in the middle has not. */
export const isNobodyThere = (error: PinkyError): boolean => error.message.startsWith('nobody answers');
