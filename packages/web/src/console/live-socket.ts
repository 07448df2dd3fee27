import type { ConsoleLine, ConsolePlace } from '../api/types.js';

/** The messages of the API about a console. */
export type ConsoleMessage =
  | { readonly type: 'lines'; readonly lines: readonly ConsoleLine[] }
  | { readonly type: 'skipped'; readonly run: string; readonly from: number; readonly to: number }
  | { readonly type: 'run'; readonly run: string; readonly startedAt?: string }
  | { readonly type: 'state'; readonly state: string; readonly players: readonly string[]; readonly port?: number }
  | { readonly type: 'accepted' | 'refused'; readonly id?: number; readonly code?: string; readonly message?: string }
  | { readonly type: 'revoked' };

export interface LiveSocketOptions {
  readonly serverId: string;
  readonly onMessage: (message: ConsoleMessage) => void;
  /** Whether lines come now. */
  readonly onConnection: (isConnected: boolean) => void;
}

/** Pauses before a new connection, milliseconds; the last one is repeated. */
const pausesMs = [100, 500, 1_000, 2_000];
/** How many bytes of lines may come before they are acknowledged. */
const ackBytes = 128 * 1024;

/** The live console of one server. It connects again for ever, and goes on behind the last line that it had. */
export class LiveSocket {
  #socket: WebSocket | undefined;
  #place: ConsolePlace | undefined;
  #acknowledged = 0;
  #failures = 0;
  #inputs = 0;
  #isOver = false;

  constructor(private readonly options: LiveSocketOptions) {
    this.#connect();
  }

  /** Writes a line to the game. The answer comes as a message with this id. */
  input(line: string): number {
    const id = ++this.#inputs;
    this.#socket?.send(JSON.stringify({ type: 'input', id, line }));
    return id;
  }

  /** A socket that is not open yet ends once it is: a browser complains of one that is closed before. */
  end(): void {
    this.#isOver = true;
    if (this.#socket?.readyState !== WebSocket.CONNECTING) this.#socket?.close();
  }

  #connect(): void {
    const { serverId, onMessage, onConnection } = this.options;
    const from = this.#place ? `&from=${encodeURIComponent(`${this.#place.run}:${this.#place.offset}`)}` : '';
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const path = `/v1/servers/${encodeURIComponent(serverId)}/console/live?batch=true${from}`;
    const socket = new WebSocket(`${scheme}://${location.host}${path}`);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      if (this.#isOver) return socket.close();
      this.#failures = 0;
      onConnection(true);
    });
    socket.addEventListener('message', ({ data }) => {
      if (this.#isOver) return;
      const message = JSON.parse(String(data)) as ConsoleMessage; // the API's own form
      this.#keepPlace(message);
      onMessage(message);
    });
    socket.addEventListener('close', () => {
      if (this.#isOver) return;
      onConnection(false);
      setTimeout(() => this.#isOver || this.#connect(), pausesMs[this.#failures++] ?? pausesMs.at(-1));
    });
  }

  #keepPlace(message: ConsoleMessage): void {
    if (message.type === 'skipped') this.#place = { run: message.run, offset: message.to };
    if (message.type === 'run') this.#acknowledged = 0;
    const last = message.type === 'lines' ? message.lines.at(-1) : undefined;
    if (!last) return;
    this.#place = { run: last.run, offset: last.end };
    if (last.end - this.#acknowledged < ackBytes) return;
    this.#acknowledged = last.end;
    this.#socket?.send(JSON.stringify({ type: 'ack', run: last.run, offset: last.end }));
  }
}
