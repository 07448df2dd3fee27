export { parseDuration } from '@pinky/protocol';
