-- Tells the client's log what the player hears, and says what the server asks it to say.
-- The lines are warnings, because the client writes those at once and without being asked.

local function tell_log(text)
	minetest.log("warning", "speaker: " .. text)
end

minetest.register_on_receiving_chat_message(function(message)
	-- Texts that a client can translate come with marks.
	local text = minetest.strip_colors(message):gsub("\27%(T@[^)]*%)", ""):gsub("\27.", "")
	tell_log(text)
	local wanted = text:match("^%[Server to you%] say: (.*)$")
	if wanted then minetest.send_chat_message(wanted) end
end)

-- The local player exists only once the world has been received.
local has_joined = false
minetest.register_globalstep(function()
	if has_joined or not minetest.localplayer then return end
	has_joined = true
	tell_log("joined")
end)
