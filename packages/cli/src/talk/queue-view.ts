import { boxPaths, openPeer, type ScheduleView, type ServerStatus } from '@pinky/protocol';
import type { RedisReport, ServerUsage } from '@pinky/queue';
import { greeting } from './greeting.js';

/** Everything that `ps` asks the queue. What is undefined was not answered, or its version does not know it. */
export interface QueueView {
  readonly statuses?: readonly ServerStatus[];
  readonly usage?: Readonly<Record<string, ServerUsage>>;
  readonly redis?: RedisReport;
  readonly schedules?: readonly ScheduleView[];
  /** Why no worker can be started, by the ids of servers whose commands wait for one. */
  readonly waiting?: Readonly<Record<string, string>>;
}

const methods = { statuses: 'servers', usage: 'usage', redis: 'redis', schedules: 'schedules', waiting: 'waiting' };

/** How long the answers may take, in milliseconds. */
const lookMs = 2000;

/** Asks all of it over one connection. Empty if the queue does not answer. */
export async function askForQueueView(home: string): Promise<QueueView> {
  try {
    const peer = await openPeer({ path: boxPaths(home).queueSocket }, {});
    for (const message of greeting()) peer.send(message);
    const answers = await Promise.all(Object.entries(methods).map(async ([field, method]) => {
      const answer = await peer.request(method, {}, { deadlineMs: lookMs }).catch(() => undefined);
      return answer === undefined ? [] : [[field, answer] as const];
    }));
    peer.destroy();
    return Object.fromEntries(answers.flat()); // our own queue answers, and its answers have a fixed shape
  } catch {
    return {}; // the caller says so
  }
}
