import { asPinkyError, WebhookTalk, type WebhookTry } from '@pinky/protocol';
import type { Context } from '../command-line/context.js';
import { greeting } from './greeting.js';

/** The process starts within a second of the first webhook. Milliseconds. */
const patienceMs = 5_000;
const pauseMs = 100;

export const webhookTalk = (home: string): WebhookTalk => new WebhookTalk(() => home, greeting);

/** Tries a webhook. The first one of a box was perhaps added a moment ago. Throws `webhooks_unreachable`. */
export async function patiently(
  { home, clock, signal }: Pick<Context, 'home' | 'clock' | 'signal'>,
  attempt: (talk: WebhookTalk) => Promise<WebhookTry>,
): Promise<WebhookTry> {
  const giveUpAt = clock.now() + patienceMs;
  for (;;) {
    try {
      return await attempt(webhookTalk(home));
    } catch (error) {
      if (asPinkyError(error).code !== 'webhooks_unreachable' || clock.now() >= giveUpAt) throw error;
    }
    await clock.sleep(pauseMs, signal);
  }
}
