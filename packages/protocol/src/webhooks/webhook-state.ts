/**
 * How a webhook stands, as the process that delivers tells it on `webhooks.sock`. `failing`: a message was refused,
 * and is tried again. `paused`: nothing goes through, and one try at a time looks whether it does again. Times are
 * ISO 8601.
 */
export interface WebhookState {
  readonly id: string;
  readonly condition: 'fine' | 'failing' | 'paused' | 'disabled';
  /** Events in the outbox that it has not come to. Not all of them need be for it. */
  readonly waiting: number;
  /** Messages that have lost their place, and are tried beside the others. */
  readonly aside: number;
  readonly accepted: number;
  readonly givenUp: number;
  /** Events that were no longer there when it came to them. */
  readonly skipped: number;
  readonly acceptedAt?: string;
  readonly failedAt?: string;
  readonly because?: string;
  readonly nextTryAt?: string;
}

/** A message that was given up. It can be sent again with its id. */
export interface FailedDelivery {
  /** The `webhook-id`. */
  readonly id: string;
  readonly at: string;
  readonly tries: number;
  readonly because: string;
  /** The types of the events in it. */
  readonly types: readonly string[];
}

/** The outcome of one try. */
export interface WebhookTry {
  readonly isAccepted: boolean;
  /** The HTTP status, if there was an answer. */
  readonly status?: number;
  readonly because?: string;
  /** How long the answer took, milliseconds. */
  readonly ms: number;
}
