import type { LogRecord } from '@pinky/protocol/base';
import { logFormats, type LogFormat } from './format.js';
import { hookStream } from './hook-streams.js';
import { logTarget, StreamSink, type LogSink } from './log-sink.js';
import type { LoggerOptions } from './logger-options.js';
import { defaultRotation } from './rotation.js';
import { SharedLogFile } from './shared-log-file.js';

/**
 * Both loggers write through this. It holds the sink that the options name, the format, and the hooks on the standard
 * streams. The path can change while records are written.
 */
export class LogOutput {
  readonly format: LogFormat;
  private sink: LogSink;
  private path: string | undefined;
  private isClosed = false;
  private readonly unhook: (() => void)[] = [];

  constructor(private readonly options: LoggerOptions) {
    this.format = pickFormat(options.format);
    this.path = options.path;
    this.sink = this.openSink(options.path);
    this.hook();
  }

  /** Appends whole lines unchanged. */
  append(text: string): void {
    if (!this.isClosed) this.sink.append(text);
  }

  /**
   * Goes on at another path, and closes the old file once the new one is open. If that fails, throws the system's
   * error and changes nothing.
   */
  moveTo(path: string | undefined): void {
    if (path === this.path) return;
    const next = this.openSink(path);
    this.sink.close();
    this.sink = next;
    this.path = path;
  }

  reopen(): void {
    if (!this.isClosed) this.sink.reopen();
  }

  close(): void {
    this.unhookAll();
    this.isClosed = true;
    this.sink.close();
  }

  private openSink(path: string | undefined): LogSink {
    if (path === undefined) return new StreamSink(process.stderr);
    if (path === '-') return new StreamSink(process.stdout);
    const target = logTarget(path);
    if ('stream' in target) return this.streamSink(process[target.stream]);
    const { mode, header, now, rotateSizeBytes, rotateGenerations } = this.options;
    return new SharedLogFile({
      path,
      rotation: {
        sizeBytes: rotateSizeBytes ?? defaultRotation.sizeBytes,
        generations: rotateGenerations ?? defaultRotation.generations,
      },
      missingLine: (count) => this.missingLine(count),
      ...(mode !== undefined && { mode }),
      ...(header && { header }),
      ...(now && { now }),
    });
  }

  /** A sink must keep the stream's own `write`, or the hook would send each record to the log again. */
  private streamSink(stream: NodeJS.WriteStream): LogSink {
    const isHooked = this.unhook.length > 0;
    this.unhookAll();
    const sink = new StreamSink(stream);
    if (isHooked) this.hook();
    return sink;
  }

  private hook(): void {
    const { path, hookStdout, hookStderr } = this.options;
    const append = (text: string): void => this.append(text);
    if (hookStdout && path !== '-') this.unhook.push(hookStream(process.stdout, append));
    if (hookStderr && path !== undefined) this.unhook.push(hookStream(process.stderr, append));
  }

  private unhookAll(): void {
    for (const undo of this.unhook.splice(0)) undo();
  }

  private missingLine(count: number): string {
    const record: LogRecord = { event: 'log.recordsMissing', count, reason: 'they could not be written' };
    return this.format({
      level: 'warn',
      timeMs: (this.options.now ?? Date.now)(),
      pid: process.pid,
      record,
    });
  }
}

const pickFormat = (format: LoggerOptions['format'] = 'line'): LogFormat =>
  typeof format === 'function' ? format : logFormats[format];
