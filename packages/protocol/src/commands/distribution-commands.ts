import type { DistributionOrder, DistributionView } from '../distributions/distribution.js';

/** The data of `distribute`: either boxes or a group is named. */
export type DistributeData = Partial<DistributionOrder> & Pick<DistributionOrder, 'funpack'>;

/** Commands about packs on their way to boxes. The queue answers them itself. */
export type DistributionCommand =
  | { readonly name: 'distribute'; readonly data: DistributeData }
  /** Without an id: all of them, the newest first, each without its boxes. */
  | { readonly name: 'distributions'; readonly data: { readonly distribution?: string } }
  | { readonly name: 'distribution cancel'; readonly data: { readonly distribution: string } }
  /** The parent of a wave's flow. BullMQ gives it to the box when all fetches of the wave are over. */
  | { readonly name: 'distribution wave'; readonly data: { readonly distribution: string; readonly wave: number } };

export const distributionCommandNames = [
  'distribute',
  'distributions',
  'distribution cancel',
  'distribution wave',
] as const satisfies readonly DistributionCommand['name'][];
export type DistributionCommandName = DistributionCommand['name'];

export const isDistributionCommandName = (name: unknown): name is DistributionCommandName =>
  distributionCommandNames.some((known) => known === name);

/** The answer of the commands about one distribution, with its boxes; of `distribution wave`, without them. */
export interface DistributionResult {
  readonly distribution: DistributionView;
  /** It was so before, and nothing had to be done. */
  readonly already?: true;
}

/** The answer of `distributions`. */
export interface DistributionsResult {
  readonly distributions: readonly DistributionView[];
}
