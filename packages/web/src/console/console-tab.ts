import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ServerTabProps } from '../server/server-tab-props.js';
import { html } from '../parts/html.js';
import { ConsoleInput } from './console-input.js';
import { ConsoleSearch } from './console-search.js';
import { LiveSocket, type ConsoleMessage } from './live-socket.js';
import type { ConsoleScreen, ShownLine } from './terminal.js';
import { useMarks } from './use-marks.js';

const quiet = (text: string): string => `\u001b[90m${text}\u001b[0m`;

/** A message as lines of the screen. None for one that is not shown there. */
function linesOf(message: ConsoleMessage): readonly ShownLine[] {
  switch (message.type) {
    case 'lines': return message.lines;
    case 'skipped': return [{ text: quiet('— lines that the history no longer has —') }];
    case 'run': return [{ text: quiet(`— started ${message.startedAt ?? ''} —`) }];
    case 'refused': return [{ text: quiet(`— not written: ${message.message ?? message.code ?? 'refused'} —`) }];
    default: return [];
  }
}

/** The console: history, what comes, search, and a line to the game. */
export function ConsoleTab({ box, server }: ServerTabProps): VNode {
  const { serverId, players, state } = server;
  const { place, screen, socket, behind, isConnected } = useConsole(serverId);
  useMarks(box, serverId, screen);
  const why = !box.client.may('console')
    ? 'Your token does not allow it'
    : state === 'up' ? undefined : `The server is ${state}`;
  return html`
    <div class="console">
      <${ConsoleSearch} box=${box} serverId=${serverId} />
      <div class=${`screen ${isConnected ? '' : 'lost'}`} ref=${place}
        role="group" aria-label=${`Console of ${serverId}`}></div>
      ${behind > 0 && html`
        <button type="button" class="new-lines" onClick=${() => screen.current?.toEnd()}>${behind} below ↓</button>`}
      ${!isConnected && html`<p class="quiet" role="status">The connection is lost; it goes on where it was.</p>`}
      <${ConsoleInput} players=${players} why=${why} send=${(line: string) => socket.current?.input(line)} />
    </div>`;
}

/** The screen, which is loaded when it is first needed, and the connection that fills it. */
function useConsole(serverId: string) {
  const place = useRef<HTMLDivElement>(null);
  const screen = useRef<ConsoleScreen>();
  const socket = useRef<LiveSocket>();
  const [behind, setBehind] = useState(0);
  const [isConnected, setConnected] = useState(true);
  useEffect(() => {
    let isOver = false;
    void import('./terminal.js').then((loaded) => {
      if (isOver || !place.current) return;
      const shown = new loaded.ConsoleScreen(place.current, setBehind);
      screen.current = shown;
      socket.current = new LiveSocket({
        serverId,
        onConnection: setConnected,
        onMessage: (message) => {
          const lines = linesOf(message);
          if (lines.length > 0) shown.write(lines);
        },
      });
    });
    return () => {
      isOver = true;
      socket.current?.end();
      screen.current?.end();
    };
  }, [serverId]);
  return { place, screen, socket, behind, isConnected };
}
