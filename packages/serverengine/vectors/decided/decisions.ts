import type { RunCase } from '../runs/run-case.js';
import { exitDecisions } from './decided-exits.js';
import { liveRestartDecisions } from './decided-live-restart.js';
import { logDecisions } from './decided-logs.js';
import { orphanDecisions } from './decided-orphans.js';
import { requestDecisions } from './decided-requests.js';
import { scalingDecisions } from './decided-scaling.js';
import type { RunDecision } from './run-decision.js';

/** Every decision about real runs. docs/decisions.md has the reasons at length. */
const decisions: readonly RunDecision[] = [
  ...requestDecisions,
  ...scalingDecisions,
  ...exitDecisions,
  ...orphanDecisions,
  ...liveRestartDecisions,
  ...logDecisions,
];

/** The decisions that apply to a case. */
export const decisionsFor = (c: RunCase): readonly RunDecision[] => decisions.filter(({ applies }) => applies(c));
