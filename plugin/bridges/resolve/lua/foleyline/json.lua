-- JSON for LuaJIT. Arrays carry a metatable, so that an empty one is told from an object; null is a value of its own.

local json = { null = setmetatable({}, { __tostring = function() return "null" end }) }

local array_type = {}
local deepest = 200

function json.array(list)
  return setmetatable(list or {}, array_type)
end

function json.is_array(value)
  return type(value) == "table" and getmetatable(value) == array_type
end

-- A number that is left out or null is nil to those who use it.
function json.value(value)
  if value == json.null then return nil end
  return value
end

-- writing

local short = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function escaped_point(point)
  if point >= 0x10000 then
    local rest = point - 0x10000
    return string.format("\\u%04x\\u%04x", 0xd800 + math.floor(rest / 0x400), 0xdc00 + rest % 0x400)
  end
  return string.format("\\u%04x", point)
end

-- First byte's limits, bytes that follow, value of the first byte's own bits.
local function sequence(byte)
  if byte >= 0xc2 and byte <= 0xdf then return 1, byte - 0xc0 end
  if byte >= 0xe0 and byte <= 0xef then return 2, byte - 0xe0 end
  if byte >= 0xf0 and byte <= 0xf4 then return 3, byte - 0xf0 end
  return nil, nil
end

-- The point that begins at a byte and the bytes it takes; what is no UTF-8 is U+FFFD, one byte at a time.
local function point_at(text, at)
  local more, point = sequence(text:byte(at))
  if not more then return 0xfffd, 1 end
  for offset = 1, more do
    local byte = text:byte(at + offset)
    if not byte or byte < 0x80 or byte > 0xbf then return 0xfffd, 1 end
    point = point * 64 + byte - 0x80
  end
  return point, more + 1
end

local function quoted_wide(text)
  local parts, at = {}, 1
  while at <= #text do
    if text:byte(at) < 0x80 then
      parts[#parts + 1], at = text:sub(at, at), at + 1
    else
      local point, size = point_at(text, at)
      parts[#parts + 1], at = escaped_point(point), at + size
    end
  end
  return table.concat(parts)
end

local function quoted(text)
  local plain = text:gsub('[%z\1-\31\\"\127]', function(character)
    return short[character] or string.format("\\u%04x", character:byte())
  end)
  if plain:find("[\128-\255]") then plain = quoted_wide(plain) end
  return '"' .. plain .. '"'
end

local function numeral(value)
  if value ~= value or value == math.huge or value == -math.huge then error("a number that JSON has not") end
  if value == math.floor(value) and math.abs(value) < 2 ^ 53 then return string.format("%d", value) end
  return string.format("%.17g", value)
end

local written

local function written_array(list, out)
  out[#out + 1] = "["
  for position, value in ipairs(list) do
    if position > 1 then out[#out + 1] = "," end
    written(value, out)
  end
  out[#out + 1] = "]"
end

local function written_object(object, out)
  local names = {}
  for name in pairs(object) do names[#names + 1] = tostring(name) end
  table.sort(names)
  out[#out + 1] = "{"
  for position, name in ipairs(names) do
    if position > 1 then out[#out + 1] = "," end
    out[#out + 1] = quoted(name) .. ":"
    written(object[name], out)
  end
  out[#out + 1] = "}"
end

written = function(value, out)
  local kind = type(value)
  if value == json.null or kind == "nil" then
    out[#out + 1] = "null"
  elseif kind == "table" then
    if json.is_array(value) then written_array(value, out) else written_object(value, out) end
  elseif kind == "number" then
    out[#out + 1] = numeral(value)
  elseif kind == "boolean" then
    out[#out + 1] = tostring(value)
  else
    out[#out + 1] = quoted(tostring(value))
  end
end

function json.encode(value)
  local out = {}
  written(value, out)
  return table.concat(out)
end

-- reading; every mistake in the text is an error

local function fail(at)
  error({ json = true, at = at }, 0)
end

local function after_space(text, at)
  return text:find("[^ \t\r\n]", at) or #text + 1
end

local function utf8_of(point)
  if point < 0x80 then return string.char(point) end
  if point < 0x800 then return string.char(0xc0 + math.floor(point / 64), 0x80 + point % 64) end
  local last, middle = 0x80 + point % 64, 0x80 + math.floor(point / 64) % 64
  if point < 0x10000 then return string.char(0xe0 + math.floor(point / 4096), middle, last) end
  return string.char(0xf0 + math.floor(point / 262144), 0x80 + math.floor(point / 4096) % 64, middle, last)
end

local function unit_at(text, at)
  local digits = text:match("^%x%x%x%x", at)
  if not digits then fail(at) end
  return tonumber(digits, 16)
end

-- The text of a \u escape whose digits begin at a byte, and the byte behind it; halves of a pair alone are U+FFFD.
local function unescaped(text, at)
  local unit = unit_at(text, at)
  if unit >= 0xd800 and unit <= 0xdbff and text:sub(at + 4, at + 5) == "\\u" then
    local low = unit_at(text, at + 6)
    if low >= 0xdc00 and low <= 0xdfff then
      return utf8_of(0x10000 + (unit - 0xd800) * 0x400 + low - 0xdc00), at + 10
    end
  end
  if unit >= 0xd800 and unit <= 0xdfff then unit = 0xfffd end
  return utf8_of(unit), at + 4
end

local single = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

local function read_text(text, at)
  local parts, from = {}, at + 1
  while true do
    local stop = text:find('[%z\1-\31"\\]', from)
    if not stop then fail(#text) end
    parts[#parts + 1] = text:sub(from, stop - 1)
    local character = text:sub(stop, stop)
    if character == '"' then return table.concat(parts), stop + 1 end
    if character ~= "\\" then fail(stop) end
    local escape = text:sub(stop + 1, stop + 1)
    if escape == "u" then
      parts[#parts + 1], from = unescaped(text, stop + 2)
    elseif single[escape] then
      parts[#parts + 1], from = single[escape], stop + 2
    else
      fail(stop)
    end
  end
end

local function read_number(text, at)
  local numeral_text = text:match("^-?%d+%.?%d*[eE]?[+-]?%d*", at)
  local value = numeral_text and tonumber(numeral_text)
  if not value or numeral_text:match("^-?0%d") or numeral_text:match("%.$") then fail(at) end
  return value, at + #numeral_text
end

local read

local function read_array(text, at, depth)
  local list = json.array()
  at = after_space(text, at + 1)
  if text:sub(at, at) == "]" then return list, at + 1 end
  while true do
    local value
    value, at = read(text, at, depth + 1)
    list[#list + 1] = value
    at = after_space(text, at)
    local mark = text:sub(at, at)
    if mark == "]" then return list, at + 1 end
    if mark ~= "," then fail(at) end
    at = at + 1
  end
end

local function read_member(text, at, depth)
  at = after_space(text, at)
  if text:sub(at, at) ~= '"' then fail(at) end
  local name, value
  name, at = read_text(text, at)
  at = after_space(text, at)
  if text:sub(at, at) ~= ":" then fail(at) end
  value, at = read(text, at + 1, depth + 1)
  return name, value, after_space(text, at)
end

local function read_object(text, at, depth)
  local object = {}
  at = after_space(text, at + 1)
  if text:sub(at, at) == "}" then return object, at + 1 end
  while true do
    local name, value
    name, value, at = read_member(text, at, depth)
    object[name] = value
    local mark = text:sub(at, at)
    if mark == "}" then return object, at + 1 end
    if mark ~= "," then fail(at) end
    at = at + 1
  end
end

local words = { { "true", true }, { "false", false }, { "null", json.null } }

read = function(text, at, depth)
  if depth > deepest then fail(at) end
  at = after_space(text, at)
  local mark = text:sub(at, at)
  if mark == "{" then return read_object(text, at, depth) end
  if mark == "[" then return read_array(text, at, depth) end
  if mark == '"' then return read_text(text, at) end
  for _, word in ipairs(words) do
    if text:sub(at, at + #word[1] - 1) == word[1] then return word[2], at + #word[1] end
  end
  return read_number(text, at)
end

local function is_utf8(text)
  local at = text:find("[\128-\255]")
  while at do
    local point, size = point_at(text, at)
    if size == 1 and point == 0xfffd then return false end
    at = text:find("[\128-\255]", at + size)
  end
  return true
end

-- Raises an error for what is no JSON or no UTF-8.
function json.decode(text)
  if not is_utf8(text) then fail(1) end
  local value, at = read(text, 1, 0)
  if after_space(text, at) <= #text then fail(at) end
  return value
end

return json
