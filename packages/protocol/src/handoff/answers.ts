import type { Message } from '../frames/messages.js';
import type { MigrationEvent, MigrationState } from './migration.js';
import type { MovingShards, StopAnswer } from './moving-shards.js';

/** The event that a message of the new slave makes. An answer about another shard than the present one makes none. */
export function eventOfNext(message: Message, shards: MovingShards): MigrationEvent | undefined {
  switch (message.type) {
    case 'softStartComplete': return 'softStarted';
    case 'shardMigrationStart': return 'nextReady';
    case 'resume': {
      if (message.Shard !== undefined && message.Shard !== shards.current) return undefined;
      return shards.isLast ? 'allResumed' : 'resumed';
    }
    default: return undefined;
  }
}

/** The event that a message of the old slave makes, besides its answers to StopShard. */
export function eventOfMain(
  message: Message,
  shards: MovingShards,
  state: MigrationState,
): MigrationEvent | undefined {
  switch (message.type) {
    case 'shardMigrationStart': {
      if (state === 'preparingMain') shards.agree(message.NumShards);
      return 'mainReady';
    }
    case 'resume': return state === 'returning' && shards.wasReturned(message.Shard) ? 'returned' : undefined;
    case 'shutdown': return 'ended';
    default: return undefined;
  }
}

/** A slave's words about its shard within ShardStopped: one state, or several. */
export function statesIn({ GuildState, GuildStates }: StopAnswer): readonly unknown[] {
  return [...(GuildState === undefined ? [] : [GuildState]), ...(Array.isArray(GuildStates) ? GuildStates : [])];
}
