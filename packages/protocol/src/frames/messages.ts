import { decode, encode } from '@msgpack/msgpack';
import type { ErrorAnswer } from '../errors.js';
import type { PendingEvent } from '../events/cursor.js';
import { EventLines } from '../events/event-lines.js';
import type { NamedPorts } from '../funpack/manifest.js';
import type { ServerState, WantedState } from '../state/lifecycle.js';
import { encodeEventsFrame } from './events-frame.js';
import type { Frame } from './frame.js';
import { encodeFrame } from './frame.js';
import type { Progress } from './progress.js';

/** Ids 1 to 10 are those of a handoff (docs/handoff.md). Pinky's own begin at 100. An id never changes its meaning. */
export const frameIds = {
  softStart: 1,
  fullStart: 2,
  shardMigrationStart: 3,
  stopShard: 4,
  resume: 5,
  shutdown: 6,
  guildState: 7,
  slaveHello: 8,
  softStartComplete: 9,
  shardStopped: 10,
  identify: 100,
  status: 101,
  request: 102,
  response: 103,
  progress: 104,
  events: 105,
  published: 106,
  feed: 107,
  /** Another frame of a message `events`. */
  eventLines: 108,
} as const;
export type MessageType = keyof typeof frameIds;

/** A worker's report about its server, to the supervisor and the queue, at its hello and at every change. */
export interface ServerStatus {
  readonly serverId: string;
  readonly game: string;
  readonly state: ServerState;
  readonly wanted: WantedState;
  /**
   * It is down, and its worker is leaving, or is about to have it written that it stays down. Nobody brings it back by
   * himself meanwhile. Absent from workers of older versions.
   */
  readonly staysDown?: true;
  /** When it entered this state, Unix milliseconds. */
  readonly since: number;
  readonly isBackingUp: boolean;
  readonly port?: number;
  /** The other ports that its funpack names. Absent from workers of older versions. */
  readonly ports?: NamedPorts;
  /** Things that are not as they should be, a sentence each. */
  readonly warnings?: readonly string[];
  /** The game's pid. */
  readonly pid?: number;
  readonly players: readonly string[];
  /** Nothing of its funpack tells who is connected, so `players` is empty. Absent from workers of older versions. */
  readonly arePlayersUnknown?: true;
  readonly run?: string;
  readonly restarts: number;
  /** The revision of the definition that the server was started with. Absent from workers of older versions. */
  readonly revision?: number;
  /** The mark of the world that the start named, if it named one. */
  readonly worldMark?: string;
  /** SHA-256 of the funpack. */
  readonly digest?: string;
  /** Which of the start's settings are no secret. Absent until its funpack is known, and from older workers. */
  readonly plainSettings?: readonly string[];
  /** Why it is in this state, in one sentence. `next` says what comes next, and `nextAt` when (Unix milliseconds). */
  readonly because?: string;
  readonly next?: string;
  readonly nextAt?: number;
}

/** Every message between Pinky's own processes. The first ten have the field names of the Go structs they come from. */
export type Message =
  | { readonly type: 'softStart' | 'fullStart' | 'shutdown' | 'softStartComplete' }
  | { readonly type: 'shardMigrationStart'; readonly FromThisSlave: boolean; readonly NumShards: number }
  | {
      readonly type: 'stopShard' | 'resume';
      readonly Shard: number;
      readonly SessionID: string;
      readonly Sequence: number;
    }
  | { readonly type: 'guildState'; readonly GuildState: unknown }
  /** Another form of the answer to StopShard. It may bring the shard's states along. */
  | {
      readonly type: 'shardStopped';
      readonly Shard?: number;
      readonly SessionID?: string;
      readonly Sequence?: number;
      readonly GuildState?: unknown;
      readonly GuildStates?: readonly unknown[];
    }
  | { readonly type: 'slaveHello'; readonly Running: boolean }
  /**
   * The first frame of a connection: who speaks. `startTime` is field 22 of /proc/<pid>/stat, as text. A successor
   * (`isSuccessor`) was started beside the worker whose server it is to take over, and owns nothing yet.
   */
  | {
      readonly type: 'identify';
      readonly role: PeerRole;
      readonly pid: number;
      readonly startTime: string;
      readonly version: string;
      readonly serverId?: string;
      readonly isSuccessor?: boolean;
    }
  | { readonly type: 'status'; readonly status: ServerStatus }
  | {
      readonly type: 'request';
      readonly request: number;
      readonly method: string;
      readonly params: unknown;
      readonly deadlineMs: number;
    }
  | {
      readonly type: 'response';
      readonly request: number;
      readonly ok: true;
      readonly value: unknown;
    }
  | {
      readonly type: 'response';
      readonly request: number;
      readonly ok: false;
      readonly error: ErrorAnswer;
    }
  | ({ readonly type: 'progress'; readonly request: number } & Progress)
  /** Worker → queue: the unpublished events of one run up to the two offsets, oldest first. */
  | {
      readonly type: 'events';
      readonly serverId: string;
      readonly run: string;
      readonly events: readonly PendingEvent[];
      /** The same events as one text: so they travel, and so they came. */
      readonly lines?: EventLines;
      readonly console: number;
      readonly journal: number;
    }
  /**
   * Queue → worker: everything up to here is published. Sent in answer to `events`, and to a worker's hello.
   */
  | {
      readonly type: 'published';
      readonly serverId: string;
      readonly run: string;
      readonly console: number;
      readonly journal: number;
      /** The queue takes events as lines. Absent from queues of older versions. */
      readonly takesLines?: boolean;
    }
  /** Queue → subscribers: the JSON of an event. */
  | { readonly type: 'feed'; readonly json: string };

export type PeerRole = 'supervisor' | 'queue' | 'worker' | 'api' | 'webhooks' | 'cli';

const typeOfId = new Map<number, MessageType>(
  // The keys of `frameIds` are exactly MessageType; Object.entries forgets that.
  Object.entries(frameIds).map(([type, id]) => [id, type as MessageType]),
);

export function encodeMessage(message: Message): Buffer {
  if (message.type === 'events') return encodeEvents(message);
  const { type, ...body } = message;
  const hasBody = Object.keys(body).length > 0;
  return encodeFrame(frameIds[type], hasBody ? encode(body, { ignoreUndefined: true }) : new Uint8Array(0));
}

type EventsMessage = Extract<Message, { type: 'events' }>;

function encodeEvents({ lines, type: _type, events, ...body }: EventsMessage): Buffer {
  if (!lines) return encodeEventsFrame(frameIds.events, { ...body, events });
  return encodeFrame(frameIds.eventLines, encode({ ...body, text: lines.text, places: lines.places }));
}

/** Undefined unless the body has the fields that `encodeEvents` writes. */
function decodeEventLines({ text, places, ...body }: Readonly<Record<string, unknown>>): Message | undefined {
  const lines = EventLines.read(text, places);
  // The rest is as in a message `events`, which is trusted just so.
  return lines && ({ ...body, type: 'events', lines, get events() { return lines.events; } } as EventsMessage);
}

/** The message of a frame. Undefined if the id is unknown (of a newer peer) or the body is not a map. */
export function decodeMessage(frame: Frame): Message | undefined {
  const type = typeOfId.get(frame.id);
  if (!type) return undefined;
  const body: unknown = frame.body.length === 0 ? {} : decode(frame.body);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  if (type === 'eventLines') return decodeEventLines({ ...body });
  // Only Pinky's own processes reach these sockets (0600). Fields are checked where a stranger's value could matter.
  return { ...body, type } as Message;
}
