import htm from 'htm';
import { h, type VNode } from 'preact';

/** Markup as a tagged template. One template is one element. */
export const html = htm.bind(h) as (strings: TemplateStringsArray, ...values: unknown[]) => VNode;
