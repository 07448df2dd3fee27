import type { CommandSpec } from '../../command-line/specs.js';

const filterFlags = [
  { flag: '--event <types>', means: 'types of events, with * for any characters; may be repeated', isList: true },
  { flag: '--server <ids>', means: 'ids of servers, with * for any characters; default *', isList: true },
  { flag: '--name <text>', means: 'a name for people' },
];

/** Commands about webhooks. */
export const webhookSpecs: readonly CommandSpec[] = [
  {
    name: 'webhook add',
    args: '[address]',
    means: 'send events to an address from now on, and show the secret that signs them this once',
    more: 'The formats standard (Standard Webhooks 1.0, every event), discord and slack (sentences, about trouble ' +
      'unless --event says more), sentry and bugsnag (crashes; the key stands before the host: ' +
      'https://<key>@host/<project>). With --resque the events become jobs in a list of the Redis of the box.',
    flags: [
      { flag: '--format <format>', means: 'standard, discord, slack, sentry or bugsnag; default standard' },
      ...filterFlags,
      { flag: '--resque <queue>', means: 'feed this queue of Resque instead of an address' },
      { flag: '--class <name>', means: 'the class of the jobs of Resque' },
    ],
    examples: [
      'pinky webhook add https://example.org/hooks/pinky',
      "pinky webhook add https://discord.com/api/webhooks/42/key --format discord --server 'lobby-*'",
      'pinky webhook add --resque brain --class PinkyEvent --event crashed --event stopped',
    ],
    load: async () => (await import('./webhooks.js')).addWebhook,
  },
  {
    name: 'webhook list',
    args: '',
    means: 'list the webhooks and how they stand',
    examples: ['pinky webhook list'],
    load: async () => (await import('./webhooks.js')).listWebhooks,
  },
  {
    name: 'webhook show',
    args: '<id>',
    means: 'show one webhook, how it stands, and the messages that were given up',
    examples: ['pinky webhook show wh_3f9a1c0b7d22'],
    load: async () => (await import('./one-webhook.js')).showWebhook,
  },
  {
    name: 'webhook edit',
    args: '<id>',
    means: 'change a webhook, or turn it on or off',
    flags: [
      { flag: '--address <address>', means: 'another address' },
      ...filterFlags,
      { flag: '--on', means: 'turn it on; events that are gone by now are told as one `events_skipped`' },
      { flag: '--off', means: 'turn it off' },
    ],
    examples: [
      'pinky webhook edit wh_3f9a1c0b7d22 --event crashed --event crash_loop',
      'pinky webhook edit wh_3f9a1c0b7d22 --on',
    ],
    load: async () => (await import('./one-webhook.js')).editWebhook,
  },
  {
    name: 'webhook rotate',
    args: '<id>',
    means: 'make another secret, and show it this once; those before sign as well for a while',
    flags: [{ flag: '--keep <hours>', means: 'how long those before go on signing; default 24' }],
    examples: ['pinky webhook rotate wh_3f9a1c0b7d22', 'pinky webhook rotate wh_3f9a1c0b7d22 --keep 0'],
    load: async () => (await import('./one-webhook.js')).rotateWebhook,
  },
  {
    name: 'webhook test',
    args: '<id>',
    means: 'send a test message now, and say what became of it',
    examples: ['pinky webhook test wh_3f9a1c0b7d22'],
    load: async () => (await import('./one-webhook.js')).testWebhook,
  },
  {
    name: 'webhook again',
    args: '<id> <message>',
    means: 'send a message again that was given up, with the same id',
    examples: ['pinky webhook again wh_3f9a1c0b7d22 msg_5d2f0c6b1e0a4f6c9a7b3d8e2f104c77'],
    load: async () => (await import('./one-webhook.js')).sendAgain,
  },
  {
    name: 'webhook remove',
    args: '<id>',
    means: 'remove a webhook; what it has not sent is not sent',
    examples: ['pinky webhook remove wh_3f9a1c0b7d22'],
    load: async () => (await import('./one-webhook.js')).removeWebhook,
  },
];
