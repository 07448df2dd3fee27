import type { VNode } from 'preact';
import type { Activity, Box } from './api/box.js';
import { html } from './parts/html.js';
import { useStore } from './parts/use-store.js';

/** The line at the foot: what was asked for, how far it is, and how it ended. */
export function ActivityLine({ box }: { readonly box: Box }): VNode {
  const activities = useStore(box.activities);
  return html`
    <div class="activities" role="status" aria-live="polite">
      ${activities.map((one) => html`
        <p key=${one.id} class=${one.problem ? 'bad' : ''}>${one.words}: ${howOf(one)}
          ${one.undo && html` <button type="button" class="undo" aria-label=${`Undo: ${one.words}`}
            onClick=${one.undo}>Undo</button>`}</p>`)}
    </div>`;
}

function howOf({ progress, problem, isOver }: Activity): string {
  if (problem?.code === 'changed_meanwhile') return 'not done, because somebody else has changed it meanwhile';
  if (problem) return `${problem.detail}. ${problem.remedy}`;
  if (isOver) return 'done';
  const { phase, done, total } = progress ?? {};
  if (phase === undefined) return 'under way';
  return total ? `${phase}, ${Math.round(((done ?? 0) / total) * 100)} %` : phase;
}
