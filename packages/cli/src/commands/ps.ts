import type { Context, Flags } from '../command-line/context.js';
import { isSet } from '../command-line/context.js';
import { viewBox } from '../observe/box-view.js';
import { treeLines } from '../observe/tree-lines.js';
import { currentConfig } from './current-config.js';

const redrawMs = 1000;
const [enterScreen, leaveScreen, home, clearRest] = ['\u001b[?1049h\u001b[?25l', '\u001b[?25h\u001b[?1049l', '\u001b[H', '\u001b[J'];

/** `pinky ps`: exits with 3 where neither a supervisor nor anything below it runs. */
export async function ps(context: Context, _args: readonly string[], flags: Flags): Promise<number> {
  return isSet(flags, 'watch') ? watch(context) : (await show(context)).exitCode;
}

async function show(context: Context): Promise<{ exitCode: number }> {
  const { out, clock } = context;
  const config = await currentConfig(context);
  const view = await viewBox(context.home, config);
  const isAnything = view.answers.supervisor || view.answers.queue || view.processes.length > 0 || view.servers.some((server) => server.pid !== undefined || server.worker);
  out.answer(view, () => (isAnything ? treeLines(view, clock.wallNow(), out) : []));
  for (const note of view.notes) out.note(out.paint('busy', `note: ${note}`));
  return { exitCode: isAnything ? 0 : 3 };
}

/** Redraws each second until Ctrl-C; where stdout is no terminal, prints one answer after the other. */
async function watch(context: Context): Promise<number> {
  const { out, clock, signal } = context;
  const isScreen = out.isTerminal && !out.isJson;
  const screen = out.streams.stdout;
  if (isScreen) screen.write(enterScreen);
  try {
    while (!signal.aborted) {
      if (isScreen) screen.write(`${home}${clearRest}`);
      else if (!out.isJson) out.line(new Date(clock.wallNow()).toISOString());
      await show(context);
      await clock.sleep(redrawMs, signal).catch(() => undefined);
    }
  } finally {
    if (isScreen) screen.write(leaveScreen);
  }
  return 0;
}
