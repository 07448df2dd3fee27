/** Every key in Redis, as docs/redis.md explains them. `box` is the configured name of the box. */
export const redisKeys = (box: string) => ({
  /** The name of the BullMQ queue, which may hold no colon. */
  queue: `pinky-${box}`,
  boxState: `pinky:${box}:state`,
  heartbeat: `pinky:${box}:heartbeat`,
  /** The holder of the box's name: a hash with identity, host, boot id and the epoch of the claim. */
  owner: `pinky:${box}:owner`,
  /** A list of commands, for programs that do not use BullMQ. */
  inbox: `pinky:${box}:in`,
  /** Raw items between the inbox and their numbering. */
  intake: `pinky:${box}:intake`,
  /** Numbered items whose commands are running. */
  processing: `pinky:${box}:processing`,
  inboxCounter: `pinky:${box}:in:counter`,
  /** Answers to list commands without a `replyTo`, newest first, capped. */
  answers: `pinky:${box}:answers`,
  server: (id: string) => `pinky:${box}:servers:${id}`,
  serverState: (id: string) => `server:${id}:state`,
  /** The box that writes the server's keys, so that no other one removes them. */
  serverBox: (id: string) => `server:${id}:box`,
  players: (id: string) => `server:${id}:players`,
  cursor: (id: string) => `server:${id}:cursor`,
  events: 'server:events',
  /** A stream of the events that webhooks have still to send. Written only while the box has a webhook. */
  outbox: `pinky:${box}:outbox`,
  /** How many events went into the outbox, and how many bytes are in it. */
  outboxCounts: `pinky:${box}:outbox:counts`,
  /** How far a webhook is: JSON. */
  webhook: (id: string) => `pinky:${box}:webhooks:${id}`,
  /** Messages of a webhook that have lost their place, by their ids. */
  webhookAside: (id: string) => `pinky:${box}:webhooks:${id}:aside`,
  /** Messages that were given up, newest first, capped. */
  webhookFailed: (id: string) => `pinky:${box}:webhooks:${id}:failed`,
  /** The ids of the distributions that this box was asked for, by the time when it was. */
  distributions: `pinky:${box}:distributions`,
  /** A distribution: its order, its state and that of each of its boxes. */
  distribution: (id: string) => `pinky:${box}:distributions:${id}`,
});

/** An entry of the outbox takes about so many bytes of Redis's memory beside its JSON. */
export const outboxOverheadBytes = 100;

export type RedisKeys = ReturnType<typeof redisKeys>;

/** `pinky:<box>:heartbeat`, which is written at `heartbeat_interval` (10 s) and expires after three of them. */
export interface Heartbeat {
  readonly freeDiskMb: number;
  readonly freeRamMb: number;
  /** Percent of all cores, 0 to 100, since the last heartbeat. */
  readonly idleCpu: number;
  readonly servers: number;
  readonly version: string;
  /** The home whose box this is: a UUID. A copy of the home has it too. */
  readonly identity: string;
  readonly host: string;
  readonly home: string;
  /** The kernel's boot id: another one is another machine, or the same one after a restart. */
  readonly bootId: string;
  /** Tells the copies of a home apart. Only its equality means anything. */
  readonly place: string;
  /** Counts the claims of the box's name. */
  readonly epoch: number;
  /** The supervisor's pid. Absent while none runs. */
  readonly supervisor?: number;
}
