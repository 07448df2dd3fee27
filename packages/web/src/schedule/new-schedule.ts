import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { ActionButton } from '../parts/action-button.js';
import { valueOf } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { cronOf, cronWords, type PlainTime } from './plain-times.js';
import { StepFields, stepsOf, type StepDraft } from './step-fields.js';
import { TimeFields } from './time-fields.js';

interface NewScheduleProps {
  readonly why: string | undefined;
  /** Answers whether it was added. */
  readonly add: (terms: unknown) => Promise<boolean>;
}

const playersRules = {
  any: 'even if players are connected',
  wait: 'as soon as nobody is connected',
  skip: 'not if somebody is connected',
} as const;
type PlayersRule = keyof typeof playersRules;

const firstTime: PlainTime = { kind: 'daily', at: '04:00' };
const firstSteps: readonly StepDraft[] = [{ kind: 'restart', text: '' }];
const usualWarning = '10m, 5m, 1m';

/** A form for a new schedule, which says in words what it would do. */
export function NewSchedule({ why, add }: NewScheduleProps): VNode {
  const [time, setTime] = useState<PlainTime>(firstTime);
  const [steps, setSteps] = useState(firstSteps);
  const [players, setPlayers] = useState<PlayersRule>('any');
  const [warn, setWarn] = useState(usualWarning);
  const [tz, setTz] = useState(Intl.DateTimeFormat().resolvedOptions().timeZone);
  const endsGame = steps.some(({ kind }) => kind === 'restart' || kind === 'stop');
  const canWarn = endsGame && players === 'any';
  const save = async (): Promise<void> => {
    const terms = { when: cronOf(time), do: stepsOf(steps), tz, players, ...(canWarn && { warn: listOf(warn) }) };
    if (!(await add(terms))) return;
    setSteps(firstSteps);
    setTime(firstTime);
  };
  const missing = time.kind === 'weekly' && time.days.length === 0 ? 'Choose a day' : undefined;
  return html`
    <form class="new-schedule" aria-label="New schedule" onSubmit=${(event: Event) => event.preventDefault()}>
      <h2>New schedule</h2>
      <${TimeFields} time=${time} set=${setTime} />
      <${StepFields} steps=${steps} set=${setSteps} />
      <div class="row">
        <${PlayersField} players=${players} set=${setPlayers} />
        <label>Time zone <input value=${tz} onInput=${(event: Event) => setTz(valueOf(event))} /></label>
        ${canWarn && html`<label>Warn players before <input value=${warn} placeholder="never"
          onInput=${(event: Event) => setWarn(valueOf(event))} /></label>`}
      </div>
      <div class="row">
        <${ActionButton} kind="primary" why=${why ?? missing} act=${save}>Add</${ActionButton}>
        <span class="quiet">${missing ?? `${cronWords(cronOf(time))}, ${tz}`}</span>
      </div>
    </form>`;
}

interface PlayersFieldProps {
  readonly players: PlayersRule;
  readonly set: (players: PlayersRule) => void;
}

const PlayersField = ({ players, set }: PlayersFieldProps): VNode => html`
  <label>Begin <select onChange=${(event: Event) => set(ruleOf(valueOf(event)))}>
    ${Object.entries(playersRules).map(([rule, words]) => html`
      <option value=${rule} selected=${rule === players}>${words}</option>`)}
  </select></label>`;

const ruleOf = (text: string): PlayersRule => (text === 'wait' || text === 'skip' ? text : 'any');

const listOf = (text: string): string[] => text.split(',').map((each) => each.trim()).filter(Boolean);
