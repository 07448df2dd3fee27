import { EscalationTimer } from '../terminate/escalation-timer.js';
import type { LadderOptions } from '../terminate/ladder.js';
import type { ChildSpec } from './child-spec.js';
import type { LeaveRequest } from './leave-request.js';

/** The escalation of one child: by the ladder of its spec, or by that of the request to leave. */
export class ChildEscalation extends EscalationTimer {
  #request: LeaveRequest | undefined;

  /** A new process is watched from now on. It was not asked to leave. */
  override reset(): void {
    super.reset();
    this.#request = undefined;
  }

  /** Takes note of a request. Another ladder is climbed from its foot. The same request again changes nothing. */
  request(request: LeaveRequest): void {
    if (this.#request?.ladder !== request.ladder || this.#request === undefined) this.startOver();
    this.#request = request;
  }

  /** Begins with what was requested. */
  begin(): void {
    this.ask(this.#request?.mode ?? 'graceful');
  }

  /** Asks politely by another way than a signal. False if the request has none, or it did not work. */
  askInstead(): boolean {
    return this.#request?.ask?.() ?? false;
  }

  /** A hung child always gets the stalled ladder, even if it was already asked to leave: it cannot hear the request. */
  ladderOf({ ladder, stalledLadder }: ChildSpec): LadderOptions {
    const isHung = stalledLadder !== undefined && this.isSilent(stalledLadder);
    return this.#request === undefined || isHung ? (stalledLadder ?? ladder) : (this.#request.ladder ?? ladder);
  }
}
