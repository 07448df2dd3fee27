import type { Output, Tone } from '../../terminal/output.js';

const tones: Readonly<Record<string, Tone>> = {
  warn: 'busy',
  error: 'bad',
  fatal: 'bad',
  debug: 'quiet',
  trace: 'quiet',
};

/** Makes a log line readable: `07:30:00 queue info  job.done serverId=1234`. Other text than JSON is unchanged. */
export function readableLog(out: Output, log: string, line: string): string {
  const record = parsed(line);
  if (!record) return `${log.padEnd(10)} ${out.foreign(line)}`;
  const { time, ts, level, event, pid: _pid, ...fields } = record;
  const clock = text(time ?? ts).slice(11, 19);
  const shown = Object.entries(fields).map(
    ([name, value]) => ` ${name}=${typeof value === 'string' && !/\s/.test(value) ? value : JSON.stringify(value)}`,
  );
  const tone = tones[text(level)];
  const shownLine = out.foreign(`${clock} ${log.padEnd(10)} ${text(level).padEnd(5)} ${text(event)}${shown.join('')}`);
  return tone ? out.paint(tone, shownLine) : shownLine;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function parsed(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined; // a plain line that happens to begin with a brace
  }
}
