import type { Message } from './message.js';
import { countedTypes, fieldsOf, lastLinesOf, sentenceOf } from './words.js';

/** So many events stand as a sentence each. The others of a message are counted. */
const mostSentences = 5;
const mostLength = 250;
const mostLastLines = 5;

/** How a chat writes what must not be read as markup, and a block of console lines. */
interface Dialect {
  readonly escape: (text: string) => string;
  readonly block: (lines: readonly string[]) => string;
}

/** Discord reads Markdown. */
const discord: Dialect = {
  escape: (text) => text.replaceAll(/[\\*_~|`<>#[\]()@:-]/g, String.raw`\$&`),
  block: (lines) => ['```', ...lines.map((line) => line.replaceAll('```', "'''")), '```'].join('\n'),
};

/** Slack asks for these three to be escaped, and for nothing else. */
const slackEscape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const slack: Dialect = {
  escape: (text) => slackEscape(text).replaceAll(/[*_~`]/g, (sign) => `${sign}\u200B`),
  block: (lines) => ['```', ...lines.map((line) => slackEscape(line).replaceAll('```', "'''")), '```'].join('\n'),
};

/** Nobody is mentioned, whatever a player calls himself. Discord takes 2,000 characters. */
export const discordBody = (message: Message): string =>
  JSON.stringify({ content: cut(textOf(message, discord), 2_000), allowed_mentions: { parse: [] } });

export const slackBody = (message: Message): string => JSON.stringify({ text: cut(textOf(message, slack), 3_500) });

/** One message, however many events it has. */
function textOf({ events, skipped }: Message, { escape, block }: Dialect): string {
  if (skipped) return escape(`${skipped.count} events are gone: more came than could be sent`);
  const all = events.map(fieldsOf);
  const [shown, rest] = [all.slice(0, mostSentences), all.slice(mostSentences)];
  const lines = shown.map((event) => escape(cut(sentenceOf(event), mostLength)));
  if (rest.length > 0) lines.push(`and ${rest.length} more: ${escape(countedTypes(rest))}`);
  const last = shown.map(lastLinesOf).find((found) => found.length > 0);
  if (last) lines.push(block(last.slice(-mostLastLines).map((line) => cut(line, 150))));
  return lines.join('\n');
}

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);
