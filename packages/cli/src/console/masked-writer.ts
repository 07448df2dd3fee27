import { consoleMask } from '@pinky/funpack-runner/light';
import { noMask, readDefinition, type BoxConfig, type Mask } from '@pinky/protocol';
import type { ConsoleWriter } from './console-writer.js';

/** Takes the secrets out of a server's console. Nothing is known of a server that was forgotten. */
export function maskOf(config: BoxConfig, serverId: string): Mask {
  const definition = readDefinition(config.home, serverId);
  return typeof definition === 'object' ? consoleMask(config, definition) : noMask;
}

/** Hands on a console without secrets, by whole lines. A game without secrets is handed on as it comes. */
export function maskedWriter(to: ConsoleWriter, mask: Mask): ConsoleWriter {
  if (mask.isEmpty) return to;
  let held = Buffer.alloc(0);
  return {
    write: (bytes) => {
      held = Buffer.concat([held, bytes]);
      const end = held.lastIndexOf(0x0a) + 1;
      if (end > 0) to.write(masked(held.subarray(0, end), mask));
      held = held.subarray(end);
    },
    end: () => {
      if (held.length > 0) to.write(masked(held, mask));
      held = Buffer.alloc(0);
      to.end();
    },
  };
}

/** Bytes that hold no secret stay what they are, whatever their encoding. */
function masked(bytes: Buffer, mask: Mask): Buffer {
  const text = bytes.toString('utf8');
  const shown = mask.text(text);
  return shown === text ? bytes : Buffer.from(shown);
}
