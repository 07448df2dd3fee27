/**
 * Below 32768 the kernel chooses no port for outgoing connections. A game could not listen on a port that the kernel
 * has just given away.
 */
const firstPort = 20_000 + (process.pid % 127) * 100;

/** The text of pinky.yml: hung processes are found, and crashed games started again, within seconds. */
export const configuration = (root) => `
servers: ${root}/servers/s
backups: ${root}/backups
log_level: debug
ports: { first: ${firstPort}, step: 1, count: 100 }
events: { cap: 100000000 }
backup: { interval: 20s, keep: 2 }
heartbeat_interval: 1s
worker: { heartbeat_interval: 500ms, heartbeat_timeout: 4s, graceful_kill_timeout: 15s, immediate_kill_timeout: 5s }
crash_loop: { limit: 1000, half_life: 5s, first_backoff: 50ms, max_backoff: 500ms }
`;
