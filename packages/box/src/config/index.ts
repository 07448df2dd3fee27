/** Reads and checks a box's configuration. Loads the libraries for schemas and YAML. */
export * from './box-config.js';
export * from '../home/guarded-ports.js';
export { parseDuration } from '@pinky/protocol';
export type { Option } from '../options/option.js';
export { allowedText } from '../options/option-schema.js';
export { options } from '../options/options.js';
export { parseSize } from '../options/sizes.js';
