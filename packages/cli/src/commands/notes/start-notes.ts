import type { CommandResult } from '@pinky/protocol';

/** The notes of the answer to a start, beside the state: that a change comes later, or that the port is another one. */
export function startNotes({ serverId, appliesAtNextStart, port, portWas }: CommandResult): string[] {
  return [
    ...(appliesAtNextStart
      ? [`the change is written down and applies at the next start; \`pinky restart ${serverId}\` is one`]
      : []),
    ...(portWas !== undefined && portWas !== port ? [`its port was ${portWas}; something else has that now`] : []),
  ];
}
