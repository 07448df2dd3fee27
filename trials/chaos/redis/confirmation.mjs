import Redis from 'ioredis';

/**
 * Asks whether a replica has a command. Looking and waiting go over one connection to one server, which sends nothing
 * again after it broke. So the command is where it was looked for, and WAIT counts a write that came after it.
 */
export class Confirmation {
  constructor(connection) {
    this.redis = new Redis({
      ...connection,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      reconnectOnError: () => false,
    });
    this.redis.on('error', () => undefined); // the master goes away all the time
  }

  /** Resolves with false also where nobody knows. */
  async of({ number, way }) {
    const pipeline = this.redis.pipeline();
    if (way === 'list') pipeline.sismember('chaos:sent', number);
    else pipeline.exists(`bull:pinky-1:c-${number}`);
    try {
      const [[, isThere], [failure], [, replicas]] = await pipeline.set('chaos:after', number).wait(1, 200).exec();
      return isThere === 1 && failure === null && replicas === 1;
    } catch {
      return false;
    }
  }

  end() {
    this.redis.disconnect();
  }
}
