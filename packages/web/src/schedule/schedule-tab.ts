import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Schedule } from '../api/types.js';
import { Confirm } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { useLoaded } from '../parts/loaded.js';
import { ProblemNote } from '../parts/problem-note.js';
import type { ServerTabProps } from '../server/server-tab-props.js';
import { Conflict } from './conflict.js';
import { cronWords } from './plain-times.js';
import { draftOf, firstDraft, termsAgain } from './schedule-draft.js';
import { ScheduleForm } from './schedule-form.js';
import { ScheduleRow, type ScheduleAction } from './schedule-row.js';
import { useChanges } from './use-changes.js';

type Asked = { readonly action: 'run' | 'remove'; readonly schedule: Schedule };

const lookMs = 5_000;

/** The things that are done with a server by the clock. */
export function ScheduleTab({ box, server: { serverId } }: ServerTabProps): VNode {
  const path = `/v1/servers/${encodeURIComponent(serverId)}/schedules`;
  const load = () => box.client.get<{ schedules: readonly Schedule[] }>(path);
  const { value, problem, again } = useLoaded(load, [serverId], lookMs);
  const changes = useChanges({ box, serverId, path, again });
  const [asked, setAsked] = useState<Asked>();
  const [edited, setEdited] = useState<Schedule>();
  const why = box.client.may('control') ? undefined : 'Your token does not allow it';
  const act = (action: ScheduleAction, schedule: Schedule): void => {
    changes.drop();
    if (action === 'edit') return setEdited(schedule);
    if (action === 'run' || action === 'remove') return setAsked({ action, schedule });
    const isPaused = action === 'pause';
    void changes.change(schedule, {
      words: isPaused ? 'Pause' : 'Go on',
      method: 'PATCH',
      body: { paused: isPaused },
    });
  };
  const yes = ({ action, schedule }: Asked): void => {
    setAsked(undefined);
    void changes.change(schedule, action === 'run'
      ? { words: 'Run now', method: 'POST', end: '/run', body: {} }
      : { words: 'Remove', method: 'DELETE', undoneBy: termsAgain(schedule) });
  };
  const failure = changes.problem ?? (value ? undefined : problem);
  return html`<div>
    ${failure && html`<${ProblemNote} problem=${failure} />`}
    ${value?.schedules.length === 0 && html`
      <p class="empty">Nothing is done by the clock yet. A restart each night, say, is one line below.</p>`}
    <${Rows} schedules=${value?.schedules ?? []} why=${why} act=${act} changes=${changes}
      settled=${() => setEdited(undefined)} />
    <${Form} edited=${edited} why=${why} changes=${changes} close=${() => setEdited(undefined)} />
    ${asked && html`<${Question} asked=${asked} onYes=${() => yes(asked)} onNo=${() => setAsked(undefined)} />`}
  </div>`;
}

type Changes = ReturnType<typeof useChanges>;

interface RowsProps {
  readonly schedules: readonly Schedule[];
  readonly why: string | undefined;
  readonly act: (action: ScheduleAction, schedule: Schedule) => void;
  readonly changes: Changes;
  /** A change that came too late is made after all, or dropped. */
  readonly settled: () => void;
}

const Rows = ({ schedules, why, act, changes: { refused, change, drop }, settled }: RowsProps): VNode => html`
  <ul class="schedules">
    ${schedules.map((schedule) => html`
      <${ScheduleRow} key=${schedule.id} schedule=${schedule} why=${why}
        act=${(action: ScheduleAction) => act(action, schedule)} />
      ${refused?.id === schedule.id && html`
        <${Conflict} now=${schedule} words=${refused.change.words}
          onYes=${() => change(schedule, refused.change).then((isMade) => isMade && settled())}
          onNo=${() => { drop(); settled(); }} />`}`)}
  </ul>`;

interface FormProps extends Pick<RowsProps, 'why' | 'changes'> {
  /** The schedule that is being changed; none for a new one. */
  readonly edited: Schedule | undefined;
  readonly close: () => void;
}

/** The form for a new schedule, or for the one that is being changed. */
function Form({ edited, why, changes: { add, change }, close }: FormProps): VNode {
  if (!edited) {
    return html`
      <${ScheduleForm} key="new" title="New schedule" yes="Add" first=${firstDraft()} why=${why} save=${add} />`;
  }
  const save = async (body: unknown): Promise<boolean> => {
    const isMade = await change(edited, { words: 'Change', method: 'PATCH', body });
    if (isMade) close();
    return isMade;
  };
  return html`
    <${ScheduleForm} key=${edited.id} title="Change the schedule" yes="Save" first=${draftOf(edited)} why=${why}
      save=${save} onNo=${close} />`;
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
