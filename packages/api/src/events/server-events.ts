import { idOf, type EventFiles } from './event-files.js';

/** An event as Pinky wrote it, with the fields that every event has. */
export interface SeenEvent extends Record<string, unknown> {
  readonly type: string;
  readonly ts: string;
  readonly id: string;
}

export interface EventChoice {
  readonly serverId: string;
  readonly isWanted: (event: SeenEvent) => boolean;
  /** How many at most: the newest. */
  readonly most: number;
}

/** The newest events of a server in the log of the box, oldest first. */
export async function eventsOf(files: EventFiles, { serverId, isWanted, most }: EventChoice): Promise<SeenEvent[]> {
  const found: SeenEvent[] = [];
  for (let place = await files.beginning(); ;) {
    const read = await files.read(place);
    for (const line of read.lines) {
      if (idOf(line)?.serverId !== serverId) continue;
      const event = JSON.parse(line) as SeenEvent; // Pinky wrote the line
      if (isWanted(event)) found.push(event);
    }
    found.splice(0, found.length - most);
    if (!read.hasMore) return found;
    place = read.place;
  }
}
