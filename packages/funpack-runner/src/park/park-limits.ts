/** How long parked worlds stay that nobody needs any more, and how much space they may take. */
export interface ParkLimits {
  /** `$SERVERS`. */
  readonly servers: string;
  readonly keepForMs: number;
  /** Bytes. The oldest go first. */
  readonly maxBytes: number;
}
