import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { errnoOf, PinkyError } from '@pinky/protocol';
import { textFlag, type Context, type Flags } from '../../command-line/context.js';

/** `pinky funpack new`: a funpack that runs at once, to be changed into one for a real game. */
export async function create(context: Context, [folder = '']: readonly string[], flags: Flags): Promise<void> {
  const dir = resolve(context.cwd, folder);
  const name = basename(dir).toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'game';
  const form = textFlag(flags, 'form') ?? 'declarative';
  if (form !== 'declarative' && form !== 'program') {
    throw new PinkyError('bad_command', `new: --form is ${JSON.stringify(form)}; write declarative or program`);
  }
  const files = form === 'program' ? programForm(name) : declarativeForm(name);
  for (const [path, text] of Object.entries(files)) writeNew(join(dir, path), text);
  context.out.answer({ funpack: dir, files: Object.keys(files) }, () => [
    `${dir}: ${Object.keys(files).join(', ')}`,
    context.out.advice(`next: \`pinky funpack check ${dir}\`, then \`pinky start ${name} --funpack ${dir}\``),
  ]);
}

function writeNew(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: 'wx' });
    if (text.startsWith('#!')) chmodSync(path, 0o755);
  } catch (cause) {
    const why = errnoOf(cause) === 'EEXIST' ? 'is there already; name another folder' : String(cause);
    throw new PinkyError('bad_command', `new: ${path} ${why}`, { cause });
  }
}

const manifestOf = (more: object): string => `${JSON.stringify(more, null, 2)}\n`;

const schema = { motd: { type: 'string', default: 'Welcome.', max: 100, label: 'Message of the day' } };

/** A game that is told by its command line and files, and understood by rules. */
const declarativeForm = (name: string): Readonly<Record<string, string>> => ({
  'funpack.json': manifestOf({
    name,
    version: '1',
    title: name,
    persistent: true,
    schema,
    files: [{ path: 'server.ini', set: { 'server.port': '{port}', 'server.motd': '{settings.motd}' } }],
    run: ['sh', '{funpackDir}/game.sh', 'server.ini'],
    console: [
      { pattern: '^ready on port \\d+$', event: 'started' },
      { pattern: '^(?<user>\\w+) came in$', event: 'player_connected' },
      { pattern: '^(?<user>\\w+) went out$', event: 'player_disconnected' },
      { pattern: '^<(?<user>\\w+)> (?<message>.*)$', event: 'chat' },
    ],
    commands: { say: 'say {message}' },
    escape: { forbid: '' }, // this game takes a line for what it is
    stop: [{ send: 'save' }, { waitFor: '^saved$', timeoutMs: 10_000 }, { send: 'stop' }],
    backup: { paths: ['world'] },
  }),
  'game.sh': `# A game to begin with: put yours in its place, in \`run\` of funpack.json.
mkdir -p world
echo "ready on port $(sed -n 's/^port *= *//p' "$1")"
while read -r line; do
  case $line in
    save) date >>world/days; echo saved ;;
    stop) exit 0 ;;
    *) echo "heard: $line" ;;
  esac
done
`,
});

/** A game that is run by a program of the funpack. */
const programForm = (name: string): Readonly<Record<string, string>> => ({
  'funpack.json': manifestOf({
    name,
    version: '1',
    title: name,
    schema,
  }),
  'bin/run': `#!/bin/sh
# A game to begin with: put yours in its place. $PORT is its port, and $DATAFILE holds its settings.
echo '{"event":"started"}'
while read -r line; do
  case $line in
    stop) echo '{"event":"stopping"}'; exit 0 ;;
    list) echo '{"event":"players_list","players":[]}' ;;
    *) echo "heard: $line" ;;
  esac
done
`,
});
