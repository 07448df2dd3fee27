/**
 * The light part of this package, which a worker bundles. It loads no heavy library, and starts a runner for work that
 * needs one.
 */
export { readFunpack, type Funpack } from './funpack/read-funpack.js';
export { assertSettingsFit, assertStartFits, consoleMask, knownFunpack } from './store/known-funpack.js';
export { signalName } from './funpack/signal-name.js';
export { accessLists, assertKnownSettings, checkSettings, readSetting } from './funpack/settings.js';
export { haveSameEntries } from './store/directory-digest.js';
export {
  archiveEndings,
  findFunpack,
  locate as locateFunpack,
  nameOfFound,
  type FoundFunpack,
  type SourceContext,
} from './store/find-funpack.js';
export { s3AccessOf, type S3Access } from './s3/s3-access.js';
export { launchSpec, missingPrograms, type LaunchSpec } from './launch/launch-spec.js';
export { funpackEnvironment, funpackPath } from './launch/environment.js';
export type { LaunchContext } from './launch/launch-context.js';
export { expand, placeholdersOf, type Placeholders } from './launch/placeholders.js';
export { writeInputs } from './launch/inputs.js';
export { prepare, prepareTimeoutMs, type PrepareOptions } from './launch/prepare.js';
export { filledDir, isBootstrapped } from './bootstrap/is-bootstrapped.js';
export { isInstalled } from './install/installed.js';
export { Dialect, type DialectState, type HalfRead, type Reading } from './dialect/dialect.js';
export { faultText, type CountedFault, type FaultCounts } from './dialect/event-faults.js';
export { encodingOf, utf8, type Encoding } from './dialect/encoding.js';
export { withoutEscapes } from './dialect/escape-sequences.js';
export { filledPattern } from './dialect/patterns.js';
export { readsEventLines, spokenManifest, tellsPlayers } from './dialect/spoken-manifest.js';
export type { UnmatchedRule } from './dialect/console-rules.js';
export type { Order } from './orders/order.js';
export { offersOrder } from './orders/order-lines.js';
export type { Proof, Verdict } from './orders/proof.js';
export type { PlayerEntry } from './dialect/players.js';
export { runScript, type ScriptOptions } from './script/run-script.js';
export { askGame } from './query/ask-game.js';
export type { QueryAnswered, QueryQuestion } from './query/question.js';
export { runTask, type RunTaskOptions } from './task/run-task.js';
export { removeTreeSync } from './kernel/remove-tree.js';
export { healRestore } from './backup/heal-restore.js';
export { momentOf } from './going-back/moment.js';
export { asOf, knownBackups, latestBackup, listBackups, type KnownBackup } from './catalogue/list-backups.js';
export { forgetPark, isThere, parkWorld, recordPark, takeBack } from './park/park-world.js';
export { noteIfChanged, removePark } from './park/remove-parks.js';
export { storeAddress } from './remote/store-address.js';
export type * from './task/tasks.js';
