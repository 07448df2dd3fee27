import {
  asPinkyError,
  boxPaths,
  PinkyError,
  requestOnce,
  type FailedDelivery,
  type WebhookState,
  type WebhookTry,
} from '@pinky/protocol';

/** How long the process that delivers may take to tell what it knows, milliseconds, and to try a receiver. */
const lookMs = 2_000;
const tryMs = 20_000;

/** Asks the process that delivers, over its own socket: it alone speaks to the outside. */
export class WebhookTalk {
  constructor(private readonly home: () => string) {}

  /** By the ids of the webhooks. None while the process does not answer: then nothing is known. */
  async states(): Promise<ReadonlyMap<string, WebhookState>> {
    try {
      const states = (await this.#ask('states', {}, lookMs)) as readonly WebhookState[]; // our own process answers
      return new Map(states.map((state) => [state.id, state]));
    } catch {
      return new Map(); // it is about to start, or the box is an older one
    }
  }

  async failed(webhook: string): Promise<readonly FailedDelivery[]> {
    return (await this.#ask('failed', { webhook }, lookMs)) as readonly FailedDelivery[]; // as above
  }

  async test(webhook: string): Promise<WebhookTry> {
    return (await this.#ask('test', { webhook }, tryMs)) as WebhookTry; // as above
  }

  async again(webhook: string, delivery: string): Promise<WebhookTry> {
    return (await this.#ask('again', { webhook, delivery }, tryMs)) as WebhookTry; // as above
  }

  async #ask(method: string, params: unknown, deadlineMs: number): Promise<unknown> {
    try {
      return await requestOnce({ path: boxPaths(this.home()).webhooksSocket }, method, params, { deadlineMs });
    } catch (error) {
      if (asPinkyError(error).code !== 'connection_lost') throw error;
      throw new PinkyError('webhooks_unreachable', 'the process that delivers webhooks does not answer', {
        cause: error,
      });
    }
  }
}
