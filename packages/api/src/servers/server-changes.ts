import { z } from 'zod';
import type { ApiParts, App } from '../http/app.js';
import { addChange, type Change } from './change-route.js';
import { startFields } from './start-fields.js';

const text = z.string().min(1).max(4096);
const player = {
  user: text.optional().describe('the name of the player'),
  userId: z.union([text, z.number()]).optional().describe('the number that events have as `user_id`'),
};
const isNamed = (body: { readonly user?: unknown; readonly userId?: unknown }): boolean =>
  body.user !== undefined || body.userId !== undefined;
const unnamed = 'user or userId is missing';
const servers = { method: 'POST', tag: 'servers' } as const;
const control = { ...servers, verb: 'control' } as const;

const changes: readonly Change[] = [
  {
    ...control,
    path: '/start',
    command: 'start',
    summary: 'Start a server as it is defined; with a world, begin with that one',
    body: z.strictObject({ world: startFields.world }).nullish(),
  },
  {
    ...control,
    path: '/stop',
    command: 'stop',
    summary: 'Stop a server, with a final backup',
    body: z.strictObject({ discard: z.boolean().optional().describe('without a backup; the world goes') }).nullish(),
  },
  {
    ...control,
    path: '/kill',
    command: 'kill',
    summary: 'End a game that hangs, at once and without a word to it; what it had not saved is lost',
  },
  { ...control, path: '/restart', command: 'restart', summary: 'Stop a server and start it again' },
  {
    ...servers,
    method: 'DELETE',
    path: '',
    command: 'rm',
    verb: 'define',
    summary: 'Stop a server and forget it; its backups stay unless you say otherwise',
    query: z.strictObject({
      withBackups: z.stringbool().optional().describe('its backups go too'),
      discard: z.stringbool().optional().describe('a world that no backup holds goes too'),
    }),
  },
  {
    ...control,
    path: '/tell',
    command: 'tell',
    summary: 'Tell one player something',
    body: z.strictObject({ ...player, message: text }).refine(isNamed, unnamed),
  },
  {
    ...control,
    path: '/broadcast',
    command: 'broadcast',
    summary: 'Tell every player something',
    body: z.strictObject({ message: text }),
  },
  {
    ...control,
    path: '/kick',
    command: 'kick',
    summary: 'Throw a player out',
    body: z.strictObject({ ...player, message: z.string().max(4096).optional() }).refine(isNamed, unnamed),
  },
  {
    ...servers,
    path: '/console',
    command: 'console',
    verb: 'console',
    summary: 'Write one line to the game, as its own console would',
    body: z.strictObject({ line: text }),
  },
];

export function addServerChanges(app: App, parts: ApiParts): void {
  for (const change of changes) addChange(app, parts, change);
}
