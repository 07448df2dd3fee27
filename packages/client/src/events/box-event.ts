/** An event of a server, with the fields of its type. docs/redis.md of Pinky lists the types. */
export interface BoxEvent {
  /** Its place: what to give as `after`. */
  readonly id: string;
  readonly type: string;
  readonly server_id: string;
  /** ISO 8601, UTC. */
  readonly ts: string;
  readonly [field: string]: unknown;
}

export interface EventsOptions {
  /** Only those of one server. */
  readonly serverId?: string;
  /** Only these types. */
  readonly types?: readonly string[];
  /** The id of an event: those behind it come. Default: those that happen from now on. */
  readonly after?: string;
  /** Ends the stream. */
  readonly signal?: AbortSignal;
}
