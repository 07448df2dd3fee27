import {
  commandNames,
  commandRules,
  lifecycle,
  serverEvents,
  serverStates,
  type CommandRule,
  type ServerState,
} from '@pinky/protocol';
import { code, markdownTable } from './markdown.js';

/** The state after each event. An empty cell means that the event is ignored on purpose. */
export const lifecycleTable = (): string =>
  markdownTable(
    ['state', ...serverEvents],
    serverStates.map((state) => [
      code(state),
      ...serverEvents.map((event) => (lifecycle[state][event] === 'ignored' ? '' : lifecycle[state][event])),
    ]),
  );

/** The same as a drawing in Mermaid. Events between the same two states share an arrow. */
export function lifecycleDiagram(): string {
  const arrows = new Map<string, string[]>();
  for (const state of serverStates) {
    for (const event of serverEvents) {
      const next = lifecycle[state][event];
      if (next !== 'ignored') {
        arrows.set(`${state} --> ${next}`, [...(arrows.get(`${state} --> ${next}`) ?? []), event]);
      }
    }
  }
  const lines = [...arrows].map(([arrow, events]) => `  ${arrow}: ${events.join(', ')}`);
  return ['```mermaid', 'stateDiagram-v2', '  [*] --> down', ...lines, '```'].join('\n');
}

const ruleText: Readonly<Record<Extract<CommandRule, string>, string>> = {
  go: 'go',
  done: 'done already',
  join: 'same outcome as the running one',
  cancelStart: 'cancels the start',
  afterStart: 'after the start',
  afterStop: 'starts again once down',
  asStart: 'as start',
  atOnce: 'at once',
};

/** The effect of each command in each state. */
export const commandRulesTable = (): string =>
  markdownTable(
    ['command', ...serverStates],
    commandNames.map((name) => [code(name), ...serverStates.map((state) => cell(commandRules[name][state]))]),
  );

const cell = (rule: CommandRule): string =>
  typeof rule === 'string' ? ruleText[rule] : `refused: ${code(rule.reject)}`;

/** The meaning of each state. */
const meanings: Readonly<Record<ServerState, string>> = {
  down: 'nothing of it runs, and nothing should',
  preparing: 'port, funpack, world, `bin/bootstrap` and `bin/prepare`',
  starting: 'the game runs but has not said `started` yet',
  up: 'players can connect',
  stopping: 'it was asked to stop; then come the ladder, the final backup, the clean-up',
  crashed: 'it ended without being asked to; the relaunch waits for its backoff',
  failed: 'Pinky gave up: a start failed, or there was a crash loop; a `start` tries again',
};
export const statesTable = (): string =>
  markdownTable(
    ['state', 'meaning'],
    serverStates.map((state) => [code(state), meanings[state]]),
  );
