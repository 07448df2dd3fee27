import type { VNode } from 'preact';
import { exactText, momentText } from '../words/format.js';
import { html } from './html.js';
import { useNow } from './use-store.js';

/** A time in words, and exactly in its tooltip. */
export function Moment({ at }: { readonly at: string }): VNode {
  const now = useNow();
  return html`<time datetime=${at} title=${exactText(at)}>${momentText(at, now)}</time>`;
}
