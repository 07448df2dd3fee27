/** The states of a migration, as the master sees it. */
export const migrationStates = [
  'idle',
  'awaitingSlave',
  'softStarting',
  'preparingMain',
  'preparingNext',
  'stopping',
  'resuming',
  'recalling',
  'returning',
  'ending',
] as const;
export type MigrationState = (typeof migrationStates)[number];

/**
 * The events of a migration: a slave answers, a slave is lost, or a step takes too long. `recalled`: the new slave is
 * gone, and the old one has said where its last shard stood. `displaced`: another slave says that it runs the shards.
 */
export const migrationEvents = [
  'wanted',
  'nextHello',
  'softStarted',
  'mainReady',
  'nextReady',
  'stopped',
  'resumed',
  'allResumed',
  'recalled',
  'returned',
  'ended',
  'mainLost',
  'nextLost',
  'displaced',
  'overdue',
] as const;
export type MigrationEvent = (typeof migrationEvents)[number];

/** The master's actions when the state changes. */
export type MigrationAction =
  | 'wait' | 'softStart' | 'prepareMain' | 'prepareNext' | 'stopShard' | 'resumeNext' | 'stopNextShard' | 'shutDownMain'
  | 'recall' | 'giveBack' | 'finish' | 'abandon' | 'coldStartNext';

const no = 'ignored';
const to = (state: MigrationState, does: MigrationAction) => ({ to: state, does }) as const;
const gone = to('idle', 'coldStartNext');
const abandoned = to('idle', 'abandon');
const recalled = to('recalling', 'recall');

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
  recalled: no,
  returned: no,
  ended: no,
  mainLost: no,
  nextLost: no,
  displaced: no,
  overdue: no,
};

/** No shard has left the old slave yet, so it goes on if anything fails. */
const untouched: MigrationRow = {
  ...nothing,
  mainLost: gone,
  nextLost: abandoned,
  displaced: abandoned,
  overdue: abandoned,
};
/** Shards have left the old slave. All of them come back if the new slave fails. */
const underWay: MigrationRow = {
  ...nothing,
  mainLost: gone,
  nextLost: recalled,
  displaced: abandoned,
  overdue: recalled,
};

/**
 * Every state × event pair of a migration. If the new slave is lost, the shards that were stopped are given back, as
 * soon as nobody else can have them. Every way back to `idle` reports the outcome, because somebody waits for it.
 */
export const migrationTable: Readonly<Record<MigrationState, MigrationRow>> = {
  idle: { ...nothing, wanted: to('awaitingSlave', 'wait'), nextHello: to('softStarting', 'softStart') },
  awaitingSlave: {
    ...nothing,
    nextHello: to('softStarting', 'softStart'),
    mainLost: abandoned,
    displaced: abandoned,
    overdue: abandoned,
  },
  softStarting: { ...untouched, softStarted: to('preparingMain', 'prepareMain') },
  preparingMain: { ...untouched, mainReady: to('preparingNext', 'prepareNext') },
  preparingNext: { ...untouched, nextReady: to('stopping', 'stopShard') },
  stopping: { ...underWay, stopped: to('resuming', 'resumeNext') },
  resuming: {
    ...underWay,
    resumed: to('stopping', 'stopNextShard'),
    allResumed: to('ending', 'shutDownMain'),
  },
  recalling: {
    ...nothing,
    recalled: to('returning', 'giveBack'),
    mainLost: abandoned,
    displaced: abandoned,
    overdue: to('returning', 'giveBack'),
  },
  returning: {
    ...nothing,
    returned: abandoned,
    mainLost: abandoned,
    displaced: abandoned,
    overdue: abandoned,
  },
  ending: {
    ...nothing,
    ended: to('idle', 'finish'),
    mainLost: to('idle', 'finish'),
    nextLost: abandoned,
    displaced: abandoned,
    overdue: to('idle', 'finish'),
  },
};
