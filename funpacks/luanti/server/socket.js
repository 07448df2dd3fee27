'use strict';
const fs = require('node:fs');

/**
 * Whether process `pid` holds a UDP socket on `port`, by the kernel's tables. The server itself says that it listens
 * before it has tried to, and dies 0.8 s later where the port is taken.
 */
function holdsUdpPort(pid, port) {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes = new Set(
    ['udp', 'udp6']
      .flatMap((table) => rows(table))
      .filter((row) => row[1]?.endsWith(wanted))
      .map((row) => `socket:[${row[9]}]`),
  );
  try {
    return fs.readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.has(target(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false; // the process is gone
  }
}

/** The rows of /proc/net/udp: [1] is local address:port in hex, [9] the socket's inode (proc(5)). */
function rows(table) {
  try {
    return fs
      .readFileSync(`/proc/net/${table}`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/));
  } catch {
    return []; // no IPv6 on this machine
  }
}

function target(link) {
  try {
    return fs.readlinkSync(link);
  } catch {
    return ''; // closed meanwhile
  }
}

module.exports = { holdsUdpPort };
