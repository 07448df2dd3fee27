import type { CommandResult } from '@pinky/protocol';

/** The notes of the answer to a start, beside the state: that a change comes later, or that the port is another one. */
export function startNotes(
  { serverId, appliesAtNextStart, live = [], refused = {}, port, portWas }: CommandResult,
): string[] {
  return [
    ...(live.length > 0 ? [`it was up already; its game has ${live.join(', ')} now`] : []),
    ...Object.entries(refused).map(([name, { message }]) => `its game did not take ${name}: ${message}`),
    ...(appliesAtNextStart
      ? [`the change is written down and applies at the next start; \`pinky restart ${serverId}\` is one`]
      : []),
    ...(portWas !== undefined && portWas !== port ? [`its port was ${portWas}; something else has that now`] : []),
  ];
}
