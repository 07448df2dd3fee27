import type { VNode } from 'preact';
import { signOf } from '../words/states.js';
import { html } from './html.js';

/** A state by its word, its sign and its colour. */
export function StateWord({ state }: { readonly state: string }): VNode {
  const { sign, colour } = signOf(state);
  return html`<span class=${`state ${colour}`}><span aria-hidden="true">${sign}</span> ${state}</span>`;
}
