import type { FetchSource } from '../commands/commands.js';
import type { ErrorAnswer } from '../errors.js';

/** The bounds of distributions. A box keeps so many of them, and of those that are over only the newest. */
export const distributionLimits = {
  mostKept: 100,
  mostBoxes: 1_000,
  mostInWave: 100,
} as const;

/** How many boxes of a wave fetch at once, and how much of a wave must be over before the next one begins. */
export const distributionDefaults = { waveSize: 5, enoughPercent: 75 } as const;

/** One pack on its way to several boxes, as it was asked for. */
export interface DistributionOrder {
  /** An address that every box reaches, with the checksum that each of them looks at. */
  readonly funpack: FetchSource;
  /** The names of boxes, each once, in the order in which they get it. */
  readonly boxes: readonly string[];
  /** The group of pinky.yml that named the boxes. */
  readonly group?: string;
  readonly waveSize: number;
  /** From 1 to 100. A box that is away holds up no wave. */
  readonly enoughPercent: number;
  /** With more failures than these nothing more is begun. Absent: there is no limit. */
  readonly mostFailures?: number;
}

/** The state of a distribution. The last four are ends; a transfer that is under way is followed to its own end. */
export const distributionStates = ['running', 'done', 'incomplete', 'halted', 'cancelled'] as const;
export type DistributionState = (typeof distributionStates)[number];

/** The state of one box in a distribution. The last three are ends. */
export const boxFetchStates = [
  'waiting',
  'queued',
  'away',
  'fetching',
  'retrying',
  'done',
  'failed',
  'skipped',
] as const;
export type BoxFetchState = (typeof boxFetchStates)[number];

/** How far one box is. */
export interface BoxFetch {
  readonly box: string;
  readonly state: BoxFetchState;
  /** The moment of its last change of state, Unix milliseconds. */
  readonly since: number;
  /** The first wave is 1. Absent while it waits for one. */
  readonly wave?: number;
  /** The step that is under way, and its bytes. */
  readonly progress?: { readonly phase: string; readonly bytes: number; readonly totalBytes?: number };
  /** The pack's SHA-256, whatever sum was asked for: a start finds it in the cache by that. */
  readonly sha256?: string;
  /** Why it failed, or why it is to be tried again. */
  readonly error?: Pick<ErrorAnswer, 'code' | 'message' | 'remedy'>;
}

/** A distribution as it is listed. `boxes` is there where one was asked for. Moments are Unix milliseconds. */
export interface DistributionView extends Omit<DistributionOrder, 'funpack' | 'boxes'> {
  readonly id: string;
  /** The address, without what may be a secret in it. */
  readonly funpack: string;
  readonly sha256?: string;
  readonly md5?: string;
  readonly state: DistributionState;
  /** Why it was halted. */
  readonly because?: string;
  readonly createdAt: number;
  /** The moment when nothing was under way any more. */
  readonly finishedAt?: number;
  /** How many waves have begun. */
  readonly waves: number;
  /** How many boxes are in each state, and in all. */
  readonly counts: Readonly<Record<BoxFetchState | 'boxes', number>>;
  readonly boxes?: readonly BoxFetch[];
}

export const isBoxFetchOver = ({ state }: Pick<BoxFetch, 'state'>): boolean =>
  state === 'done' || state === 'failed' || state === 'skipped';
