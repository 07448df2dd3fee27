import type { Option } from '../options/option.js';

/** The delivery of webhooks. The webhooks themselves are added by a command or over HTTP. */
export const webhooksOptions = [
  {
    path: 'webhooks.allowed_networks',
    kind: 'networks',
    default: '',
    isReloaded: true,
    means:
      'Addresses, networks and host names inside the own network that [webhooks](webhooks.md) may call all the same. ' +
        'All other addresses that no public host has are refused, and so are those of the machine itself.',
  },
  {
    path: 'webhooks.first_pause',
    kind: 'duration',
    default: '5s',
    min: '1ms',
    max: '1m',
    isReloaded: true,
    means:
      'Pause before a message that was not taken is sent for the second time. All later pauses grow in proportion: ' +
        'with 5 s, ten tries take three days.',
  },
] as const satisfies readonly Option[];
