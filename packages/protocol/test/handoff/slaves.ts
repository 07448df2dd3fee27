import { HandoffSlave, type HandoffDuties, type HandoffMaster, type Message } from '../../src/index.js';

/** Duties that only log that they were done. */
export function recorded(name: string, log: string[]): HandoffDuties {
  return {
    softStart: async () => void log.push(`${name} soft start`),
    fullStart: async () => void log.push(`${name} full start`),
    migrationStart: async (from, shards) => { log.push(`${name} migrates ${from ? 'from' : 'to'}`); return shards; },
    stopShard: async (shard) => {
      log.push(`${name} stops ${shard}`);
      return { SessionID: `session-${shard}`, Sequence: 7 + shard, state: [{ players: ['al'] }] };
    },
    guildState: (state) => void log.push(`${name} hears ${JSON.stringify(state)}`),
    resume: async (shard, { SessionID, Sequence }) =>
      void log.push(`${name} resumes ${shard} ${SessionID} ${Sequence}`),
    shutdown: async () => void log.push(`${name} shuts down`),
  };
}

/** A slave in memory, connected to a master in memory. It does not hear the messages in `isDeafTo`. */
export function slaveOf(master: () => HandoffMaster, duties: HandoffDuties, isDeafTo: readonly Message['type'][] = []) {
  const connection = { send: (message: Message) => {
    if (!isDeafTo.includes(message.type)) setImmediate(() => slave.receive(message));
    return true;
  } };
  const slave = new HandoffSlave({
    duties,
    send: (message) => {
      setImmediate(() => master().receive(message, connection));
      return true;
    },
  });
  return connection;
}

/** Long enough for every message in memory to arrive. */
export const turn = async (): Promise<void> => {
  for (let i = 0; i < 60; i++) await new Promise((resolve) => setImmediate(resolve));
};
