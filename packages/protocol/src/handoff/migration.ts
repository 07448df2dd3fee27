/** Where a migration is, as the master sees it. */
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

/** What can happen to it: an answer of a slave, the loss of one, or a step that takes too long. */
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

/** What the master does at a turn of the migration. */
export type MigrationAction =
  | 'wait' | 'softStart' | 'prepareMain' | 'prepareNext' | 'stopShard' | 'resumeNext' | 'stopNextShard' | 'shutDownMain'
  | 'finish' | 'giveBack' | 'abandon' | 'coldStartNext';

const no = 'ignored';
const to = (state: MigrationState, does: MigrationAction) => ({ to: state, does }) as const;
const gone = to('idle', 'coldStartNext');
const abandoned = to('idle', 'abandon');

type Row = Readonly<
  Record<MigrationEvent, { readonly to: MigrationState; readonly does: MigrationAction } | typeof no>
>;

const nothing: Row = {
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
 * Every state × event pair of a migration. A shard that was stopped is given back where the new slave is lost. Every
 * way back to `idle` is told of: somebody waits for it.
 */
export const migrationTable: Readonly<Record<MigrationState, Row>> = {
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
