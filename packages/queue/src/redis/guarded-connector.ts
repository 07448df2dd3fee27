import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { AbstractConnector, type RedisOptions } from 'ioredis';
import { expectAnswer, expectHandshake } from '../refusal/expect-handshake.js';
import { chosenMaster } from '../sentinel/chosen-master.js';
import type { RedisAddress } from './address.js';

/**
 * Connects as ioredis does, and hears every error of the socket. ioredis hears the first one only, and Node ends a
 * process over the next, such as a reset that follows a refused certificate.
 */
class DirectConnector extends AbstractConnector {
  constructor(private readonly options: RedisOptions & { readonly disconnectTimeout: number }) {
    super(options.disconnectTimeout);
  }

  async connect(): Promise<Socket | TLSSocket> {
    this.connecting = true;
    const { path, host, port, tls } = this.options;
    const to = path ? { path } : { host, port };
    // ioredis fills in host and port, or takes the path.
    this.stream = tls ? connectTls({ ...to, ...tls } as ConnectionOptions) : connect(to as { port: number });
    if (tls) expectHandshake(this.stream);
    else if (!path) expectAnswer(this.stream); // nobody speaks TLS on a Unix socket
    this.stream.on('error', (error: Error) => { this.firstError ??= error; });
    return this.stream;
  }
}

/** Connects to the server that most of the Sentinels name, whichever of them is listed first. */
class MasterConnector extends AbstractConnector {
  constructor(private readonly options: RedisOptions & { readonly disconnectTimeout: number }) {
    super(options.disconnectTimeout);
  }

  async connect(): Promise<Socket | TLSSocket> {
    this.connecting = true;
    // ioredis hands us what clientOptions gave it: an address of ours, and more.
    const place = await chosenMaster(this.options as RedisAddress);
    if (!this.connecting) throw new Error('Connection is closed.'); // as ioredis says it; it was ended meanwhile
    const { tls } = this.options;
    this.stream = tls ? connectTls({ ...place, ...tls }) : connect(place);
    this.stream.on('error', (error: Error) => { this.firstError ??= error; });
    return this.stream;
  }
}

/** The connector for an address with or without Sentinels. */
export const connectorFor = ({ sentinels }: { readonly sentinels?: readonly unknown[] }) =>
  // ioredis hands any connector its own options.
  (sentinels ? MasterConnector : DirectConnector) as unknown as NonNullable<RedisOptions['Connector']>;
