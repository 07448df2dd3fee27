// A running supervisor of an earlier version loads this file when it reloads its configuration, and calls
// `refreshConfig({ home, env })`. It awaits what that returns.
export { refreshInOwnProcess as refreshConfig } from '@pinky/box/refresh';
