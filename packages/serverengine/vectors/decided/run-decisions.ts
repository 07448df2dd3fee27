import type { Observed, RunCase } from '../runs/run-case.js';
import { exitDecisions } from './decided-exits.js';
import { liveRestartDecisions } from './decided-live-restart.js';
import { logDecisions } from './decided-logs.js';
import { orphanDecisions } from './decided-orphans.js';
import { requestDecisions } from './decided-requests.js';
import { scalingDecisions } from './decided-scaling.js';

/** A rule over a case's own fields: where it applies, we do something else than was recorded, and this is what. */
export interface RunDecision {
  readonly reason: string;
  readonly applies: (c: RunCase) => boolean;
  /** The record as it would be had ServerEngine done so. */
  readonly expect?: (observed: Observed, c: RunCase, ours: Observed) => Observed;
  /** Groups of events that `check` looks at instead. */
  readonly ignoresGroup?: (group: string, c: RunCase) => boolean;
  readonly ignoresLog?: boolean;
  /** What is wrong with our run, or undefined. */
  readonly check?: (ours: Observed, c: RunCase) => string | undefined;
}

/** Every decision about real runs; the reasons at length are in docs/decisions.md. */
export const runDecisions: readonly RunDecision[] = [
  ...requestDecisions,
  ...scalingDecisions,
  ...exitDecisions,
  ...orphanDecisions,
  ...liveRestartDecisions,
  ...logDecisions,
];

export const decisionsFor = (c: RunCase): readonly RunDecision[] => runDecisions.filter(({ applies }) => applies(c));
