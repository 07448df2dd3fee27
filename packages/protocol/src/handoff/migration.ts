/** The states of a migration, as the master sees it. */
export const migrationStates = [
  'idle',
  'awaitingSlave',
  'softStarting',
  'preparingMain',
  'preparingNext',
  'stopping',
  'resuming',
  'ending',
] as const;
export type MigrationState = (typeof migrationStates)[number];

/** The events of a migration: a slave answers, a slave is lost, or a step takes too long. */
export const migrationEvents = [
  'wanted',
  'nextHello',
  'softStarted',
  'mainReady',
  'nextReady',
  'stopped',
  'resumed',
  'allResumed',
  'ended',
  'mainLost',
  'nextLost',
  'overdue',
] as const;
export type MigrationEvent = (typeof migrationEvents)[number];

/** The master's actions when the state changes. */
export type MigrationAction =
  | 'wait' | 'softStart' | 'prepareMain' | 'prepareNext' | 'stopShard' | 'resumeNext' | 'stopNextShard' | 'shutDownMain'
  | 'finish' | 'giveBack' | 'abandon' | 'coldStartNext';

const no = 'ignored';
const to = (state: MigrationState, does: MigrationAction) => ({ to: state, does }) as const;
const gone = to('idle', 'coldStartNext');
const abandoned = to('idle', 'abandon');

type MigrationRow = Readonly<
  Record<MigrationEvent, { readonly to: MigrationState; readonly does: MigrationAction } | typeof no>
>;

const nothing: MigrationRow = {
  wanted: no,
  nextHello: no,
  softStarted: no,
  mainReady: no,
  nextReady: no,
  stopped: no,
  resumed: no,
  allResumed: no,
  ended: no,
  mainLost: no,
  nextLost: no,
  overdue: no,
};

/**
 * Every state × event pair of a migration. Where the new slave is lost, a stopped shard is given back. Every way back
 * to `idle` reports the outcome, because somebody waits for it.
 */
export const migrationTable: Readonly<Record<MigrationState, MigrationRow>> = {
  idle: { ...nothing, wanted: to('awaitingSlave', 'wait'), nextHello: to('softStarting', 'softStart') },
  awaitingSlave: {
    ...nothing,
    nextHello: to('softStarting', 'softStart'),
    mainLost: abandoned,
    overdue: abandoned,
  },
  softStarting: {
    ...nothing,
    softStarted: to('preparingMain', 'prepareMain'),
    mainLost: gone,
    nextLost: abandoned,
    overdue: abandoned,
  },
  preparingMain: {
    ...nothing,
    mainReady: to('preparingNext', 'prepareNext'),
    mainLost: gone,
    nextLost: abandoned,
    overdue: abandoned,
  },
  preparingNext: {
    ...nothing,
    nextReady: to('stopping', 'stopShard'),
    mainLost: gone,
    nextLost: abandoned,
    overdue: abandoned,
  },
  stopping: {
    ...nothing,
    stopped: to('resuming', 'resumeNext'),
    mainLost: gone,
    nextLost: to('idle', 'giveBack'),
    overdue: to('idle', 'giveBack'),
  },
  resuming: {
    ...nothing,
    resumed: to('stopping', 'stopNextShard'),
    allResumed: to('ending', 'shutDownMain'),
    mainLost: gone,
    nextLost: to('idle', 'giveBack'),
    overdue: to('idle', 'giveBack'),
  },
  ending: {
    ...nothing,
    ended: to('idle', 'finish'),
    mainLost: to('idle', 'finish'),
    nextLost: abandoned,
    overdue: to('idle', 'finish'),
  },
};
