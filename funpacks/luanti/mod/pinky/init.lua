-- Connects the game with its host: orders come in a file of the world folder, and events go out through the log.
-- server/channel.js is the other end.

local folder = minetest.get_worldpath() .. "/pinky/"
local orders_path = folder .. "orders"

-- A word that is new in each run. Players can get whole lines into the log (a sign's text may hold line breaks), so
-- only a line with this word is an event.
local token_file = io.open(folder .. "token", "r")
if not token_file then
	minetest.log("error", "pinky: there is no token; was the server started by the funpack's bin/run?")
	return
end
local token = token_file:read("*l")
token_file:close()

local function tell_host(event)
	minetest.log("action", "pinky:" .. token .. " " .. minetest.write_json(event))
end

local function names()
	local list = {}
	for _, player in ipairs(minetest.get_connected_players()) do
		list[#list + 1] = player:get_player_name()
	end
	table.sort(list)
	return list
end

local function with_player(name, act)
	if minetest.get_player_by_name(name) then
		act()
	else
		tell_host({event = "warning", kind = "no_such_player", user = name, message = "nobody of that name is here"})
	end
end

local orders = {
	say = function(order)
		minetest.chat_send_all("[Server] " .. order.message)
		tell_host({event = "info", kind = "said", message = order.message})
	end,
	tell = function(order)
		with_player(order.user, function()
			minetest.chat_send_player(order.user, "[Server to you] " .. order.message)
			tell_host({event = "info", kind = "told", user = order.user, message = order.message})
		end)
	end,
	kick = function(order)
		with_player(order.user, function() minetest.kick_player(order.user, order.message) end)
	end,
	list = function()
		-- An empty Lua table would be written as null.
		tell_host({event = "players_list", players = table.concat(names(), ",")})
	end,
}

-- The host puts a file of orders there only when the last one is gone, so none is read twice or half.
local function take_orders()
	local file = io.open(orders_path, "r")
	if not file then return end
	local text = file:read("*a")
	file:close()
	os.remove(orders_path)
	for line in text:gmatch("[^\n]+") do
		local order = minetest.parse_json(line)
		local act = type(order) == "table" and orders[order.order]
		if act then act(order) end
	end
end

local is_ready = false
minetest.register_globalstep(function()
	if not is_ready then
		is_ready = true
		tell_host({event = "ready"})
	end
	take_orders()
end)

minetest.register_on_joinplayer(function(player)
	tell_host({event = "player_connected", user = player:get_player_name()})
end)

minetest.register_on_leaveplayer(function(player, timed_out)
	local reason = timed_out and "timed out" or "left"
	tell_host({event = "player_disconnected", user = player:get_player_name(), reason = reason})
end)

-- The game takes commands (/…) before it calls this.
minetest.register_on_chat_message(function(name, message)
	tell_host({event = "chat", user = name, message = minetest.strip_colors(message)})
end)
