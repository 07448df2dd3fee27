/**
 * How long the cursor of a server that is down is kept, seconds: 30 days. A server of the same id goes on behind it.
 */
export const cursorOfDownSeconds = 30 * 86_400;

/**
 * Lua: writes the cursor (KEYS[1]), which expires where the server has no state (KEYS[3]): what a server said last may
 * be published when it is down already, and a plain SET would take away the expiry that it got then.
 */
export const setCursor = `
local function setCursor(text)
  if redis.call('EXISTS', KEYS[3]) == 1 then
    redis.call('SET', KEYS[1], text)
  else
    redis.call('SET', KEYS[1], text, 'EX', ${cursorOfDownSeconds})
  end
end`;
