/** Reads and checks a box's configuration. Loads the libraries for schemas and YAML. */
export * from './box-config.js';
export { parseDuration } from '../options/durations.js';
export type { Option } from '../options/option.js';
export { allowedText } from '../options/option-schema.js';
export { options } from '../options/options.js';
export { parseSize } from '../options/sizes.js';
