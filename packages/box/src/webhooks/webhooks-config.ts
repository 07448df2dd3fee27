import type { WebhooksConfig } from '@pinky/protocol';
import type { OptionValues } from '../options/options.js';

/** The part of the configuration that is about webhooks. */
export const webhooksOf = (v: OptionValues): WebhooksConfig => ({
  allowedNetworks: v['webhooks.allowed_networks'],
  firstPauseMs: v['webhooks.first_pause'],
});
