import type { ComponentChildren, VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Box } from '../api/box.js';
import { problemOf, type Problem } from '../api/problem.js';
import type { Crash } from '../api/types.js';
import { ActionButton } from '../parts/action-button.js';
import { Confirm } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { useLoaded } from '../parts/loaded.js';
import { Moment } from '../parts/moment.js';
import { ProblemNote } from '../parts/problem-note.js';
import { hrefOf } from '../route.js';
import { CrashReportView } from './crash-report.js';

interface CrashListProps {
  readonly box: Box;
  readonly serverId: string;
  /** The crash whose report is open. */
  readonly open: string | undefined;
}

const lookMs = 10_000;
const shown = 20;

/** The newest crashes. Nothing where there was none. */
export function CrashList({ box, serverId, open }: CrashListProps): VNode | null {
  const path = `/v1/servers/${encodeURIComponent(serverId)}/crashes`;
  const load = () => box.client.get<{ crashes: readonly Crash[] }>(`${path}?limit=${shown}`);
  const { value, again } = useLoaded(load, [serverId], lookMs);
  const [asked, setAsked] = useState<Removal>();
  const [problem, setProblem] = useState<Problem>();
  const crashes = value?.crashes ?? [];
  const [newest] = crashes;
  const remove = ({ words, end }: Removal): void => {
    setAsked(undefined);
    void box.act(words, 'DELETE', path + end).then(
      () => {
        setProblem(undefined);
        location.hash = hrefOf(serverId, 'history');
      },
      (failure: unknown) => setProblem(problemOf(failure)),
    ).then(again);
  };
  if (!newest) return null;
  return html`
    <section class="crashes" aria-label="Crashes">
      <h2>Crashes</h2>
      ${problem && html`<${ProblemNote} problem=${problem} />`}
      <ul>
        ${crashes.map((crash) => html`
          <${CrashRow} key=${crash.id} box=${box} serverId=${serverId} crash=${crash} isOpen=${crash.id === open}
            ask=${() => setAsked(oneOf(crash))} />`)}
      </ul>
      ${crashes.length > 1 && html`<${RemoveButton} box=${box} ask=${() => setAsked(allUpTo(newest))}>
        Remove all reports</${RemoveButton}>`}
      ${asked && html`<${Question} asked=${asked} serverId=${serverId} onYes=${() => remove(asked)}
        onNo=${() => setAsked(undefined)} />`}
    </section>`;
}

/** The reports that are to be removed, in words and as the end of the address. */
interface Removal {
  readonly title: string;
  readonly words: string;
  readonly end: string;
}

const oneOf = ({ id }: Crash): Removal => ({
  title: 'Remove this report?',
  words: 'Remove a crash report',
  end: `/${encodeURIComponent(id)}`,
});

/** A crash that comes while somebody reads the question keeps its report. */
const allUpTo = ({ id }: Crash): Removal => ({
  title: 'Remove all reports?',
  words: 'Remove the crash reports',
  end: `?upTo=${encodeURIComponent(id)}`,
});

interface QuestionProps extends Pick<CrashListProps, 'serverId'> {
  readonly asked: Removal;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

const Question = ({ asked: { title }, serverId, onYes, onNo }: QuestionProps): VNode => html`
  <${Confirm} title=${title} yes="Remove" typed=${serverId} onYes=${onYes} onNo=${onNo}>
    <p>Nobody sees it here afterwards. The console and the events of that time stay.</p>
  </${Confirm}>`;

interface RemoveButtonProps extends Pick<CrashListProps, 'box'> {
  readonly ask: () => void;
  readonly children?: ComponentChildren;
}

const RemoveButton = ({ box, ask, children }: RemoveButtonProps): VNode => html`
  <${ActionButton} kind="danger" act=${ask}
    why=${box.client.may('define') ? undefined : 'Your token does not allow it'}>${children}</${ActionButton}>`;

interface CrashRowProps extends Omit<CrashListProps, 'open'> {
  readonly crash: Crash;
  readonly isOpen: boolean;
  readonly ask: () => void;
}

function CrashRow({ box, serverId, crash: { id, at, words }, isOpen, ask }: CrashRowProps): VNode {
  const href = hrefOf(serverId, 'history', isOpen ? [] : [id]);
  return html`
    <li>
      <a href=${href} aria-expanded=${isOpen ? 'true' : 'false'}>
        <span class="bad" aria-hidden="true">▲</span> <${Moment} at=${at} /> <span class="words">${words}</span>
      </a>
      ${isOpen && html`
        <${CrashReportView} box=${box} serverId=${serverId} id=${id} />
        <${RemoveButton} box=${box} ask=${ask}>Remove this report</${RemoveButton}>`}
    </li>`;
}
