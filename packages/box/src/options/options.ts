import { apiOptions } from '../api/api-options.js';
import { webhooksOptions } from '../webhooks/webhooks-options.js';
import { boxOptions } from './box-options.js';
import type { OptionValue } from './option-kinds.js';
import type { Option } from './option.js';
import { retentionOptions } from './retention-options.js';
import { serverOptions } from './server-options.js';
import { sourceOptions } from './source-options.js';
import { storeOptions } from './store-options.js';
import { supervisionOptions } from './supervision-options.js';

/** Every option of pinky.yml, in the order in which docs/configuration.md prints them. */
export const options = [
  ...boxOptions,
  ...serverOptions,
  ...retentionOptions,
  ...supervisionOptions,
  ...sourceOptions,
  ...storeOptions,
  ...apiOptions,
  ...webhooksOptions,
] as const satisfies readonly Option[];

type Listed = (typeof options)[number];

/** Every option's checked value, by its path. */
export type OptionValues = {
  readonly [O in Listed as O['path']]:
    OptionValue<O['kind']> | (O extends { readonly default: string } ? never : undefined);
};
