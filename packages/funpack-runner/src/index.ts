/** The whole package. A worker imports `@pinky/funpack-runner/light` instead, which loads nothing heavy. */
export * from './light.js';
export { checkFunpack } from './funpack/check-funpack.js';
export { LogMatcher, type MatchedLine, type RuleCount } from './funpack/match-log.js';
export type { FunpackFinding } from './funpack/finding.js';
export { readEgg } from './egg/read-egg.js';
export { importEgg, type ImportedEgg } from './egg/import-egg.js';
export type { EggNote, Fate } from './egg/egg.js';
export { patchText } from './patch/patch-files.js';
export { packBlocks, type PackCount, type PackItem, type PackOptions } from './pack/pack.js';
export { unpackInto } from './unpack/unpack.js';
export type { Unpacked, UnpackOptions } from './unpack/unpack-options.js';
export { worldItems, type World, type WorldSelection } from './backup/world-items.js';
export { inlineCodec, type BlockCodec } from './lzop/block-codec.js';
export { readLzop } from './lzop/reader.js';
export { writeLzop } from './lzop/writer.js';
export { perform } from './task/perform.js';
export type { WorkContext } from './task/work-context.js';
