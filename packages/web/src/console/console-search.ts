import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Box } from '../api/box.js';
import { problemOf, type Problem } from '../api/problem.js';
import type { ConsoleLine } from '../api/types.js';
import { valueOf } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { ProblemNote } from '../parts/problem-note.js';

interface Found {
  readonly text: string;
  readonly lines: readonly ConsoleLine[];
  readonly next: string;
  readonly hasMore: boolean;
}

const limit = 500;

/** Looks for a text in the whole history, run by run, the oldest first. */
export function ConsoleSearch({ box, serverId }: { readonly box: Box; readonly serverId: string }): VNode {
  const [text, setText] = useState('');
  const [found, setFound] = useState<Found>();
  const [problem, setProblem] = useState<Problem>();
  const path = `/v1/servers/${encodeURIComponent(serverId)}/console`;
  const look = async (before?: Found): Promise<void> => {
    const query = new URLSearchParams({ q: before?.text ?? text, limit: String(limit) });
    if (before) query.set('from', before.next);
    try {
      const answer = await box.client.get<Omit<Found, 'text'>>(`${path}?${query.toString()}`);
      setFound({ ...answer, text: before?.text ?? text, lines: [...(before?.lines ?? []), ...answer.lines] });
      setProblem(undefined);
    } catch (failure) {
      setProblem(problemOf(failure));
    }
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    if (text === '') setFound(undefined);
    else void look();
  };
  return html`
    <div class="console-search">
      <form class="row" role="search" onSubmit=${submit}>
        <input class="grow" type="search" value=${text} placeholder="Search the history" aria-label="Search the history"
          onInput=${(event: Event) => setText(valueOf(event))} />
        <button>Search</button>
        ${found && html`<button type="button" class="plain" onClick=${() => setFound(undefined)}>Close</button>`}
      </form>
      ${problem && html`<${ProblemNote} problem=${problem} />`}
      ${found && html`
        <div class="found" role="region" aria-label="Lines that were found">
          <p class="quiet">${found.lines.length}${found.hasMore ? ' or more' : ''} lines with “${found.text}”</p>
          <pre>${found.lines.map((line) => `${line.text}\n`)}</pre>
          ${found.hasMore && html`<button type="button" onClick=${() => void look(found)}>More</button>`}
        </div>`}
    </div>`;
}
