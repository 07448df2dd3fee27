import { boxPaths } from '../box/box-paths.js';
import { asPinkyError, PinkyError } from '../errors.js';
import { requestOnce } from '../frames/link.js';
import type { Message } from '../frames/messages.js';
import type { FailedDelivery, WebhookState, WebhookTry } from './webhook-state.js';

/** How long the process that delivers may take to tell what it knows, milliseconds. */
const lookMs = 2_000;
/** A receiver may take 15 s to answer. Milliseconds. */
const tryMs = 20_000;

/** Asks the process that delivers, over its own socket: it alone speaks to the outside. */
export class WebhookTalk {
  /** @param greet The messages that say who asks. */
  constructor(private readonly home: () => string, private readonly greet: () => readonly Message[] = () => []) {}

  /** By the ids of the webhooks. Undefined while the process does not answer: it may be about to start. */
  async states(): Promise<ReadonlyMap<string, WebhookState> | undefined> {
    try {
      const states = (await this.#ask('states', {}, lookMs)) as readonly WebhookState[]; // our own process answers
      return new Map(states.map((state) => [state.id, state]));
    } catch {
      return undefined; // the caller says so
    }
  }

  /** Throws `webhooks_unreachable` where nobody delivers, as the next ones. */
  async failed(webhook: string): Promise<readonly FailedDelivery[]> {
    return (await this.#ask('failed', { webhook }, lookMs)) as readonly FailedDelivery[]; // as above
  }

  async test(webhook: string): Promise<WebhookTry> {
    return (await this.#ask('test', { webhook }, tryMs)) as WebhookTry; // as above
  }

  async again(webhook: string, delivery: string): Promise<WebhookTry> {
    return (await this.#ask('again', { webhook, delivery }, tryMs)) as WebhookTry; // as above
  }

  async #ask(method: string, params: object, deadlineMs: number): Promise<unknown> {
    const address = { path: boxPaths(this.home()).webhooksSocket };
    try {
      return await requestOnce(address, method, params, { deadlineMs, greet: this.greet() });
    } catch (cause) {
      if (asPinkyError(cause).code !== 'connection_lost') throw cause;
      throw new PinkyError('webhooks_unreachable', `no process delivers webhooks for ${this.home()}`, { cause });
    }
  }
}
