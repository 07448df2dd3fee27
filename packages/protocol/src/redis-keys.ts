/** Every key in Redis (DESIGN §7, seed 000). `box` is the configured name of the box. */
export const redisKeys = (box: string) => ({
  /** BullMQ queue name; it may hold no colon. */
  queue: `pinky-${box}`,
  boxState: `pinky:${box}:state`,
  heartbeat: `pinky:${box}:heartbeat`,
  /** List of commands for those who do not speak BullMQ. */
  inbox: `pinky:${box}:in`,
  /** Raw items between the inbox and their numbering. */
  intake: `pinky:${box}:intake`,
  /** Numbered items that are being obeyed. */
  processing: `pinky:${box}:processing`,
  inboxCounter: `pinky:${box}:in:counter`,
  /** Answers to list commands that name no `replyTo`, newest first, capped. */
  answers: `pinky:${box}:answers`,
  server: (id: string) => `pinky:${box}:servers:${id}`,
  serverState: (id: string) => `server:${id}:state`,
  players: (id: string) => `server:${id}:players`,
  cursor: (id: string) => `server:${id}:cursor`,
  events: 'server:events',
});

export type RedisKeys = ReturnType<typeof redisKeys>;

/** `pinky:<box>:heartbeat`, every 10 s, expires after 30 s (seed 000). */
export interface Heartbeat {
  readonly freeDiskMb: number;
  readonly freeRamMb: number;
  /** Percent of all cores, 0 to 100, since the heartbeat before. */
  readonly idleCpu: number;
  readonly servers: number;
  readonly version: string;
}
