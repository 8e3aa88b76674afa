-- Resolve's Lua objects for LuaJIT outside Resolve: every call goes to the double, over standard output and input.
-- arg: folder of the bridge's modules, folder of foleyline.json.

package.path = arg[1] .. "/?.lua;" .. package.path

if os.getenv("WITHOUT_FFI") then
  package.loaded.ffi = nil
  package.preload.ffi = function() error("there is no FFI") end
end

local json = require("foleyline.json")

local kinds = {}

local function ask(message)
  io.stdout:write(json.encode(message), "\n")
  io.stdout:flush()
  local line = io.stdin:read("*l")
  if not line then os.exit(3) end
  local answer = json.decode(line)
  if answer.error then error(answer.error, 0) end
  return answer.value
end

local plain

local function proxy(id, kind)
  local known = kinds[kind] or {}
  kinds[kind] = known
  return setmetatable({}, {
    id = id,
    __index = function(_, name)
      if known[name] == nil then known[name] = ask({ get = name, id = id }) end
      if known[name] == "nothing" then return nil end
      if known[name] ~= "method" then return plain(known[name]) end
      return function(self, ...)
        local arguments = json.array()
        for position = 1, select("#", ...) do
          local value = select(position, ...)
          arguments[position] = value == nil and json.null or value
        end
        return plain(ask({ call = name, id = getmetatable(self).id, arguments = arguments }))
      end
    end,
  })
end

-- As Resolve gives it: tables without a metatable, nothing as nil, objects as objects.
plain = function(value)
  if value == json.null then return nil end
  if type(value) ~= "table" then return value end
  if value["$"] then return proxy(value["$"], value.kind) end
  local made = {}
  if value["$map"] then
    for _, pair in ipairs(value["$map"]) do made[pair[1]] = plain(pair[2]) end
  else
    for name, each in pairs(value) do made[name] = plain(each) end
  end
  return made
end

-- Objects and lists among what is sent.
local encode = json.encode

local function packed(value)
  if type(value) ~= "table" or value == json.null then return value end
  local known = getmetatable(value)
  if known and known.id then return { ["$"] = known.id } end
  local made = (json.is_array(value) or #value > 0) and json.array() or {}
  for name, each in pairs(value) do made[name] = packed(each) end
  return made
end

json.encode = function(value)
  return encode(packed(value))
end

print = function(...)
  io.stderr:write(table.concat({ ... }, "\t"), "\n")
end

require("foleyline.menu").run({ resolve = proxy(0, "Resolve") }, arg[2])
