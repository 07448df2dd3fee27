/** How long the cursor of a server that is down is kept, seconds: 30 days. The server's next run goes on behind it. */
export const cursorOfDownSeconds = 30 * 86_400;

/**
 * Lua: writes the cursor (KEYS[1]). It expires if the server has no state (KEYS[3]). A server's last events may be
 * published after it went down, and a plain SET would remove the expiry that the cursor got then.
 */
export const setCursor = `
local function setCursor(text)
  if redis.call('EXISTS', KEYS[3]) == 1 then
    redis.call('SET', KEYS[1], text)
  else
    redis.call('SET', KEYS[1], text, 'EX', ${cursorOfDownSeconds})
  end
end`;
