/** Fields that every event has, or that its time and type are made of. */
const known = new Set(['event', 'type', 'ts', 'id', 'server_id', 'pinky_id', 'user_id']);

type Fields = Readonly<Record<string, unknown>>;

/** An event for people: `05:12:03  chat  ann: hello`. Undefined for text that is no event. */
export function readableEvent(json: string, { withServer }: { readonly withServer: boolean }): string | undefined {
  const event = parsed(json);
  // an event of Redis has its type in `type`, a line of a game in `event`
  const type = textOf(event?.['type']) ?? textOf(event?.['event']);
  if (!event || type === undefined) return undefined;
  const server = withServer ? `${(textOf(event['server_id']) ?? '').padEnd(10)} ` : '';
  return `${timeOf(event['ts'], withServer)}${server}${type.padEnd(20)} ${wordsOf(event)}`.trimEnd();
}

/** By the local clock. Events of several days get their date too. */
function timeOf(ts: unknown, withDate: boolean): string {
  const at = typeof ts === 'number' ? ts * (ts < 1e11 ? 1_000 : 1) : Date.parse(textOf(ts) ?? '');
  if (!Number.isFinite(at)) return '';
  const text = new Date(at).toLocaleString('sv-SE');
  return `${withDate ? text : text.slice(11)}  `;
}

function wordsOf(event: Fields): string {
  const [user, message] = [textOf(event['user']), textOf(event['message'])];
  const said = [user, message].filter((text) => text !== undefined).join(': ');
  const rest = Object.entries(event).filter(([name]) => !known.has(name) && name !== 'user' && name !== 'message');
  return [said, ...rest.map(([name, value]) => `${name}=${shown(value)}`)].filter((text) => text !== '').join(' ');
}

const shown = (value: unknown): string =>
  typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function parsed(json: string): Fields | undefined {
  if (!json.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    // an object that is not an array, because of its brace
    return value as Fields;
  } catch {
    return undefined; // a plain line that happens to begin with a brace
  }
}
