import {
  boxFetchStates,
  isBoxFetchOver,
  publicAddress,
  type BoxFetch,
  type DistributionOrder,
  type DistributionState,
  type DistributionView,
} from '@pinky/protocol';

/** A distribution as this process and Redis keep it. */
export interface Distribution {
  readonly id: string;
  readonly order: DistributionOrder;
  /** Unix milliseconds, as all moments here. */
  readonly createdAt: number;
  readonly state: DistributionState;
  readonly because?: string;
  readonly finishedAt?: number;
  /** How many waves have begun. */
  readonly waves: number;
  /** In the order of `order.boxes`. */
  readonly boxes: readonly BoxFetch[];
}

export function newDistribution(id: string, order: DistributionOrder, createdAt: number): Distribution {
  const boxes = order.boxes.map((box): BoxFetch => ({ box, state: 'waiting', since: createdAt }));
  return { id, order, createdAt, state: 'running', waves: 0, boxes };
}

/** Nothing of it is under way, and nothing more will begin. */
export const isOver = ({ finishedAt }: Distribution): boolean => finishedAt !== undefined;

/** The boxes that have their job and are not through with it. */
export const inFlight = ({ boxes }: Distribution): BoxFetch[] =>
  boxes.filter((one) => one.wave !== undefined && !isBoxFetchOver(one));

export const inState = ({ boxes }: Distribution, state: BoxFetch['state']): number =>
  boxes.filter((one) => one.state === state).length;

/** With the boxes that were asked for one by one. A list holds only their number. */
export function viewOf(one: Distribution, hasBoxes: boolean): DistributionView {
  const { id, order, createdAt, state, because, finishedAt, waves, boxes } = one;
  const { funpack, boxes: _names, ...terms } = order;
  const counts = Object.fromEntries(boxFetchStates.map((each) => [each, inState(one, each)]));
  return {
    id,
    funpack: publicAddress(funpack.url),
    ...(funpack.sha256 !== undefined && { sha256: funpack.sha256 }),
    ...(funpack.md5 !== undefined && { md5: funpack.md5 }),
    ...terms,
    state,
    ...(because !== undefined && { because }),
    createdAt,
    ...(finishedAt !== undefined && { finishedAt }),
    waves,
    counts: { ...counts, boxes: boxes.length } as DistributionView['counts'], // it has each state
    ...(hasBoxes && { boxes }),
  };
}

/** One box in another state. A field that the change lacks goes away, but for the wave. */
export function withBox(one: Distribution, box: string, change: BoxChange, now: number): Distribution {
  return { ...one, boxes: one.boxes.map((each) => (each.box === box ? changed(each, change, now) : each)) };
}

export type BoxChange = Pick<BoxFetch, 'state'> & Partial<Pick<BoxFetch, 'wave' | 'progress' | 'sha256' | 'error'>>;

function changed(before: BoxFetch, change: BoxChange, now: number): BoxFetch {
  const { state, progress, sha256, error } = change;
  const wave = change.wave ?? before.wave;
  return {
    box: before.box,
    state,
    since: before.state === state ? before.since : now,
    ...(wave !== undefined && { wave }),
    ...(progress && { progress }),
    ...(sha256 !== undefined && { sha256 }),
    ...(error && { error }),
  };
}
