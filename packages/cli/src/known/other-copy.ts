import { existsSync } from 'node:fs';
import type { SeenChild } from '../talk/supervisor.js';

/** As many servers are named. */
const namedServers = 5;

/** For example `the workers of a and b run the programs of /opt/pinky-1, another copy of Pinky`, one for each copy. */
export function otherCopyTexts(children: readonly SeenChild[]): string[] {
  const folders = [...new Set(children.flatMap(({ otherCopy }) => otherCopy ?? []))];
  return folders.map((folder) => {
    const own = children.filter(({ otherCopy }) => otherCopy === folder);
    const subject = subjectOf(own);
    const state = existsSync(folder)
      ? 'another copy of Pinky'
      : 'another copy of Pinky, which was removed: a game that ends cannot be launched again';
    return `${subject} the programs of ${folder}, ${state}`;
  });
}

export const otherCopyRemedy = '`pinky upgrade` replaces them; no game stops';

export const otherCopyNotes = (children: readonly SeenChild[]): string[] =>
  otherCopyTexts(children).map((text) => `${text}; ${otherCopyRemedy}`);

/** With its verb, for example `the queue and the worker of a run`. */
function subjectOf(children: readonly SeenChild[]): string {
  const servers = children.flatMap(({ serverId }) => serverId ?? []);
  const shown = servers.slice(0, namedServers).join(', ');
  const more = servers.length > namedServers ? ` and ${servers.length - namedServers} others` : '';
  const others = children.filter(({ serverId }) => serverId === undefined).map(({ role }) => namesOf[role] ?? role);
  const subjects = [
    ...others,
    ...(servers.length > 0 ? [`${servers.length === 1 ? 'the worker' : 'the workers'} of ${shown}${more}`] : []),
  ];
  return `${subjects.join(' and ')} ${children.length === 1 ? 'runs' : 'run'}`;
}

const namesOf: Readonly<Partial<Record<SeenChild['role'], string>>> = {
  queue: 'the queue',
  api: 'the API',
  webhooks: 'the process of the webhooks',
};
