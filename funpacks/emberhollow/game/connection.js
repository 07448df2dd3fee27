'use strict';

/** No player types a longer line, bytes. */
const longestLineBytes = 2_048;
/** A player who leaves this much unread is cut off, because it would fill the memory. Bytes. */
const mostUnreadBytes = 256 * 1024;
/** How many lines may come in one second, and in one burst. More are dropped. */
const linesPerSecond = 10;
const burstLines = 30;

const telnetInterpretAsCommand = 0xff;

/** One player's socket, with whole lines in and text out. It drops the option bytes of telnet. */
class Connection {
  #socket;
  #pending = Buffer.alloc(0);
  #allowance = burstLines;
  #lastLineAt = Date.now();
  #isEnding = false;

  /** Calls `onLine(text)` for each line, `onTooFast()` for each dropped one, and `onClose()` once. */
  constructor(socket, { onLine, onTooFast, onClose }) {
    this.#socket = socket;
    socket.setNoDelay(true).setKeepAlive(true, 15_000);
    socket.on('data', (bytes) => this.#read(bytes, onLine, onTooFast));
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.end());
    socket.on('close', onClose);
  }

  get isOpen() {
    return !this.#isEnding && !this.#socket.destroyed;
  }

  send(text) {
    if (!this.isOpen) return;
    this.#socket.write(`${text.replaceAll('\n', '\r\n')}\r\n`);
    if (this.#socket.writableLength > mostUnreadBytes) this.#socket.destroy();
  }

  /** Sends a last text and hangs up. A player who does not hang up in turn is cut off. */
  end(text) {
    if (!this.isOpen) return;
    if (text) this.send(text);
    this.#isEnding = true;
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), 1_000).unref();
  }

  #read(bytes, onLine, onTooFast) {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    let end;
    while (!this.#isEnding && (end = this.#pending.indexOf(0x0a)) >= 0) {
      const line = withoutTelnetOptions(this.#pending.subarray(0, end)).toString('utf8').replace(/\r/g, '');
      this.#pending = this.#pending.subarray(end + 1);
      if (this.#mayType()) onLine(line);
      else onTooFast();
    }
    if (this.#pending.length > longestLineBytes) this.end('That line was too long.');
  }

  #mayType() {
    const now = Date.now();
    this.#allowance = Math.min(burstLines, this.#allowance + ((now - this.#lastLineAt) / 1_000) * linesPerSecond);
    this.#lastLineAt = now;
    if (this.#allowance < 1) return false;
    this.#allowance -= 1;
    return true;
  }
}

/** RFC 854: IAC, a command, and an option after WILL, WONT, DO and DONT (251 to 254). UTF-8 never holds an 0xff. */
function withoutTelnetOptions(bytes) {
  if (!bytes.includes(telnetInterpretAsCommand)) return bytes;
  const kept = [];
  for (let i = 0; i < bytes.length; i += 1) {
    if (bytes[i] !== telnetInterpretAsCommand) kept.push(bytes[i]);
    else i += bytes[i + 1] >= 251 && bytes[i + 1] <= 254 ? 2 : 1;
  }
  return Buffer.from(kept);
}

module.exports = { Connection };
