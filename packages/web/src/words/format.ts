const units = ['B', 'KB', 'MB', 'GB', 'TB'];

/** Bytes for reading: `1.2 GB`. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `1 player`, `3 players`, `3/20 players`; `?/20 players` where nobody can know how many. */
export const playersText = (count: number | '?', most?: number): string =>
  (most === undefined ? `${count} ${count === 1 ? 'player' : 'players'}` : `${count}/${most} players`);

interface Connected {
  readonly players: readonly string[];
  readonly arePlayersUnknown?: true;
}

/** How many are connected; `?` where nothing tells it. */
export const playersCount = ({ players, arePlayersUnknown }: Connected): number | '?' =>
  (arePlayersUnknown ? '?' : players.length);

const spans: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** A duration in its largest unit: `3 d`, `37 s`. */
export function spanText(ms: number): string {
  const [unit, size] = spans.find(([, each]) => ms >= each) ?? ['s', 1_000];
  return `${Math.max(0, Math.floor(ms / size))} ${unit}`;
}

/** A moment: how long ago under a day, else the date and time of the reader's zone. */
export function momentText(iso: string, now: number): string {
  const at = Date.parse(iso);
  const ago = now - at;
  if (ago >= 0 && ago < 86_400_000) return ago < 1_000 ? 'now' : `${spanText(ago)} ago`;
  if (ago < 0 && ago > -86_400_000) return `in ${spanText(-ago)}`;
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

/** The exact moment, for a tooltip. */
export const exactText = (iso: string): string => new Date(iso).toISOString().replace('T', ' ').replace('Z', ' UTC');
