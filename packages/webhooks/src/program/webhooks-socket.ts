import { boxPaths, hasFields, Listener, PinkyError, type LongLived } from '@pinky/protocol';
import type { Dispatcher } from '../dispatch/dispatcher.js';

type Answers = Pick<Dispatcher, 'look' | 'states' | 'failed' | 'test' | 'again'>;

/** The requests that `webhooks.sock` answers, for the command and the API. */
export class WebhooksSocket implements LongLived {
  readonly #listener: Listener;

  constructor(home: string, private readonly dispatcher: Answers) {
    this.#listener = new Listener(boxPaths(home).webhooksSocket, {
      onRequest: (method, params) => this.#answer(method, params),
    });
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#listener.start(signal);
  }

  stop(): Promise<void> {
    return this.#listener.stop();
  }

  async #answer(method: string, params: unknown): Promise<unknown> {
    switch (method) {
      case 'states':
        this.dispatcher.look();
        return this.dispatcher.states();
      case 'failed':
        return this.dispatcher.failed(fieldOf(params, 'webhook'));
      case 'test':
        return this.dispatcher.test(fieldOf(params, 'webhook'));
      case 'again':
        return this.dispatcher.again(fieldOf(params, 'webhook'), fieldOf(params, 'delivery'));
      default:
        throw new PinkyError('unsupported', `webhooks have no request ${JSON.stringify(method).slice(0, 80)}`);
    }
  }
}

function fieldOf(params: unknown, name: string): string {
  if (hasFields(params, { [name]: 'string' })) return String(params[name]);
  throw new PinkyError('bad_command', `${name} is missing`);
}
