import {
  asPinkyError,
  boxPaths,
  PinkyError,
  requestOnce,
  type FailedDelivery,
  type WebhookState,
  type WebhookTry,
} from '@pinky/protocol';
import type { Context } from '../command-line/context.js';
import { greeting } from './greeting.js';

const lookMs = 2_000;
/** A receiver may take 15 s to answer. */
const tryMs = 20_000;
/** The process starts within a second of the first webhook. Milliseconds. */
const patienceMs = 5_000;
const pauseMs = 100;

type Where = Pick<Context, 'home' | 'clock' | 'signal'>;

/** How the webhooks stand, by their ids. Undefined while nobody delivers. */
export async function webhookStates(home: string): Promise<ReadonlyMap<string, WebhookState> | undefined> {
  try {
    const states = (await ask(home, 'states', {}, lookMs)) as readonly WebhookState[]; // our own process answers
    return new Map(states.map((state) => [state.id, state]));
  } catch {
    return undefined; // the caller says so
  }
}

export const failedDeliveries = async (home: string, webhook: string): Promise<readonly FailedDelivery[]> =>
  (await ask(home, 'failed', { webhook }, lookMs)) as readonly FailedDelivery[]; // as above

/** Throws `webhooks_unreachable` where nobody delivers, as the next one. */
export const tryWebhook = async (where: Where, webhook: string): Promise<WebhookTry> =>
  (await askPatiently(where, 'test', { webhook })) as WebhookTry; // as above

export const tryAgain = async (where: Where, webhook: string, delivery: string): Promise<WebhookTry> =>
  (await askPatiently(where, 'again', { webhook, delivery })) as WebhookTry; // as above

/** The first webhook of a box was perhaps added a moment ago. */
async function askPatiently({ home, clock, signal }: Where, method: string, params: object): Promise<unknown> {
  const giveUpAt = clock.now() + patienceMs;
  for (;;) {
    try {
      return await ask(home, method, params, tryMs);
    } catch (error) {
      if (asPinkyError(error).code !== 'connection_lost') throw error;
      if (clock.now() >= giveUpAt) {
        throw new PinkyError('webhooks_unreachable', `no process delivers webhooks for ${home}`, { cause: error });
      }
    }
    await clock.sleep(pauseMs, signal);
  }
}

const ask = (home: string, method: string, params: object, deadlineMs: number): Promise<unknown> =>
  requestOnce({ path: boxPaths(home).webhooksSocket }, method, params, { deadlineMs, greet: greeting() });
