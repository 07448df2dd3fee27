import type { Context, Flags } from '../../command-line/context.js';
import { isSet } from '../../command-line/context.js';
import { viewBox, type BoxView } from '../../observe/box-view.js';
import { treeLines } from '../../observe/tree-lines.js';
import { cropScreen } from '../../terminal/crop.js';
import { currentConfig } from '../../command-line/current-config.js';

const redrawMs = 1000;
const [enterScreen, leaveScreen, home, clearLine, clearRest] = [
  '\u001b[?1049h\u001b[?25l',
  '\u001b[?25h\u001b[?1049l',
  '\u001b[H',
  '\u001b[K',
  '\u001b[J',
];

/** `pinky ps`: exits with 3 if nothing of the box runs. */
export async function ps(context: Context, _args: readonly string[], flags: Flags): Promise<number> {
  if (isSet(flags, 'watch')) return watch(context);
  const look = await lookAt(context);
  show(context, look);
  return look.isAnything ? 0 : 3;
}

interface BoxLook {
  readonly view: BoxView;
  readonly isAnything: boolean;
  readonly lines: () => readonly string[];
  readonly notes: readonly string[];
}

async function lookAt(context: Context): Promise<BoxLook> {
  const { out, clock } = context;
  const view = await viewBox(context.home, await currentConfig(context));
  const isAnything =
    view.answers.supervisor ||
    view.answers.queue ||
    view.processes.length > 0 ||
    view.servers.some((server) => server.pid !== undefined || server.worker !== undefined);
  return {
    view,
    isAnything,
    lines: () => (isAnything ? treeLines(view, clock.wallNow(), out) : []),
    notes: [...warningsOf(view), ...view.notes].map((note) => out.paint('busy', `note: ${note}`)),
  };
}

const warningsOf = ({ servers }: BoxView): readonly string[] =>
  servers.flatMap(({ serverId, warnings = [] }) => warnings.map((warning) => `${serverId}: ${warning}`));

function show({ out }: Context, { view, lines, notes }: BoxLook): void {
  out.answer(view, lines);
  for (const note of notes) out.note(note);
}

/** Redraws every second until Ctrl-C. If stdout is not a terminal, it prints one answer after the other. */
async function watch(context: Context): Promise<number> {
  const { out, clock, signal } = context;
  const isScreen = out.isTerminal && !out.isJson;
  const screen = out.streams.stdout;
  if (isScreen) screen.write(enterScreen);
  try {
    while (!signal.aborted) {
      if (!isScreen && !out.isJson) out.line(new Date(clock.wallNow()).toISOString());
      const look = await lookAt(context);
      if (isScreen) screen.write(frame(context, look));
      else show(context, look);
      await clock.rest(redrawMs, signal);
    }
  } finally {
    if (isScreen) screen.write(leaveScreen);
  }
  return 0;
}

/** One picture, drawn over the last one. It fits the terminal, whose size may change. */
function frame({ out }: Context, { lines, notes }: BoxLook): string {
  const { columns = 80, rows = 24 } = out.streams.stdout;
  const shown = cropScreen(lines(), notes.map((note) => out.advice(note)), { columns, rows });
  return `${home}${shown.map((line) => `${line}${clearLine}`).join('\n')}${clearRest}`;
}
