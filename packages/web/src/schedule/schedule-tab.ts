import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { problemOf, type Problem } from '../api/problem.js';
import type { ChangeMethod } from '../api/client.js';
import type { Schedule } from '../api/types.js';
import { Confirm } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { useLoaded } from '../parts/loaded.js';
import { ProblemNote } from '../parts/problem-note.js';
import type { ServerTabProps } from '../server/server-tab-props.js';
import { NewSchedule } from './new-schedule.js';
import { cronWords } from './plain-times.js';
import { ScheduleRow, type ScheduleAction } from './schedule-row.js';

type Asked = { readonly action: 'run' | 'remove'; readonly schedule: Schedule };

const lookMs = 5_000;

/** The things that are done with a server by the clock. */
export function ScheduleTab({ box, server: { serverId } }: ServerTabProps): VNode {
  const path = `/v1/servers/${encodeURIComponent(serverId)}/schedules`;
  const load = () => box.client.get<{ schedules: readonly Schedule[] }>(path);
  const loaded = useLoaded(load, [serverId], lookMs);
  const [asked, setAsked] = useState<Asked>();
  const [problem, setProblem] = useState<Problem>();
  const why = box.client.may('control') ? undefined : 'Your token does not allow it';
  const change = (words: string, method: ChangeMethod, end: string, body?: unknown): Promise<boolean> =>
    box.act(`${words} on ${serverId}`, method, path + end, body).then(
      () => { setProblem(undefined); return true; },
      (failure: unknown) => { setProblem(problemOf(failure)); return false; },
    ).finally(loaded.again);
  const act = (action: ScheduleAction, schedule: Schedule): void => {
    if (action === 'run' || action === 'remove') return setAsked({ action, schedule });
    const isPaused = action === 'pause';
    void change(isPaused ? 'Pause' : 'Go on', 'PATCH', `/${schedule.id}`, { paused: isPaused });
  };
  const yes = ({ action, schedule: { id } }: Asked): void => {
    setAsked(undefined);
    void (action === 'run' ? change('Run now', 'POST', `/${id}/run`, {}) : change('Remove', 'DELETE', `/${id}`));
  };
  const failure = problem ?? (loaded.value ? undefined : loaded.problem);
  return html`<div>
    ${failure && html`<${ProblemNote} problem=${failure} />`}
    ${loaded.value?.schedules.length === 0 && html`
      <p class="empty">Nothing is done by the clock yet. A restart each night, say, is one line below.</p>`}
    <ul class="schedules">
      ${loaded.value?.schedules.map((schedule) => html`
        <${ScheduleRow} key=${schedule.id} schedule=${schedule} why=${why}
          act=${(action: ScheduleAction) => act(action, schedule)} />`)}
    </ul>
    <${NewSchedule} why=${why} add=${(terms: unknown) => change('Schedule', 'POST', '', terms)} />
    ${asked && html`<${Question} asked=${asked} onYes=${() => yes(asked)} onNo=${() => setAsked(undefined)} />`}
  </div>`;
}

interface QuestionProps {
  readonly asked: Asked;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

function Question({ asked: { action, schedule }, onYes, onNo }: QuestionProps): VNode {
  const { when, doInWords } = schedule;
  if (action === 'run') {
    return html`
      <${Confirm} title="Run it now?" yes="Run" onYes=${onYes} onNo=${onNo}>
        <p>At once, and whoever is connected: ${doInWords}.</p>
      </${Confirm}>`;
  }
  return html`
    <${Confirm} title="Remove this schedule?" yes="Remove" onYes=${onYes} onNo=${onNo}>
      <p>${cronWords(when)}: ${doInWords}.</p>
    </${Confirm}>`;
}
