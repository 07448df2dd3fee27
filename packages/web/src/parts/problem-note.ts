import type { VNode } from 'preact';
import type { Problem } from '../api/problem.js';
import { html } from './html.js';

/** A failure in words, the way out, and the code, small. */
export const ProblemNote = ({ problem }: { readonly problem: Problem }): VNode => html`
  <div class="problem" role="alert">
    <p>${sentence(problem.detail)}</p>
    ${problem.remedy && html`<p class="quiet">${sentence(problem.remedy)}</p>`}
    <code>${problem.code}</code>
  </div>`;

/** The API begins its sentences small, as a command does. */
const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
