import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Box } from '../api/box.js';
import { problemOf, type Problem } from '../api/problem.js';
import { Confirm } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { ProblemNote } from '../parts/problem-note.js';
import { PackCard, titleOf, type Pack } from './pack-card.js';

interface PackListProps {
  readonly box: Box;
  readonly packs: readonly Pack[];
  readonly choose: (pack: Pack) => void;
  /** Looks at them again. */
  readonly again: () => void;
}

/** The games that are installed. Those that were uploaded can be removed again. */
export function PackList({ box, packs, choose, again }: PackListProps): VNode {
  const [asked, setAsked] = useState<Pack>();
  const [problem, setProblem] = useState<Problem>();
  const remove = ({ funpack }: Pack): void => {
    setAsked(undefined);
    void box.act(`Remove the game ${funpack}`, 'DELETE', `/v1/funpacks/${encodeURIComponent(funpack)}`)
      .then(() => setProblem(undefined), (failure: unknown) => setProblem(problemOf(failure)))
      .then(again);
  };
  return html`
    <div>
      ${problem && html`<${ProblemNote} problem=${problem} />`}
      <ul class="packs">
        ${packs.map((pack) => html`
          <${PackCard} key=${pack.funpack} pack=${pack} choose=${() => choose(pack)} remove=${() => setAsked(pack)}
            why=${mayChange(box) ? undefined : 'Your token does not allow it'} />`)}
      </ul>
      ${asked && html`
        <${Confirm} title=${`Remove ${titleOf(asked)}?`} yes="Remove" typed=${asked.funpack}
          onYes=${() => remove(asked)} onNo=${() => setAsked(undefined)}>
          <p>Its archive goes from this box. A game that a server uses is not removed.</p>
        </${Confirm}>`}
    </div>`;
}

/** Games are for tokens that define servers, and have every one. */
export const mayChange = ({ client }: Box): boolean =>
  client.may('define') && client.session?.servers.includes('*') === true;
