/** Longest path of a Unix socket in bytes: sun_path of unix(7) holds 108, including its final NUL. */
export const longestSocketPath = 107;
