-- Params of requests, each checked to be what the protocol says before anything is done.

local json = require("foleyline.json")
local problems = require("foleyline.problems")

local params = {}

local largest = 2 ^ 53

function params.wrong(name)
  problems.raise("params", name .. " is missing or is not what it should be", { param = name })
end

function params.is_number(value)
  return type(value) == "number" and value == math.floor(value) and math.abs(value) <= largest
end

function params.is_text(value)
  return type(value) == "string"
end

function params.is_span(value)
  return json.is_array(value) and #value == 2 and params.is_number(value[1]) and params.is_number(value[2])
end

local function all(list, is_right)
  if not json.is_array(list) then return false end
  for _, value in ipairs(list) do
    if not is_right(value) then return false end
  end
  return true
end

function params.is_texts(value)
  return all(value, params.is_text)
end

function params.take(given, name, is_right)
  local value = json.value(given[name])
  if not is_right(value) then params.wrong(name) end
  return value
end

function params.maybe_text(given, name)
  if json.value(given[name]) == nil then return "" end
  return params.take(given, name, params.is_text)
end

local function is_object(value)
  return type(value) == "table" and value ~= json.null and not json.is_array(value)
end

local function is_lane(lane)
  return is_object(lane) and type(lane.name) == "string" and type(lane.enabled) == "boolean"
end

local function are(thing, names, is_right)
  for _, name in ipairs(names) do
    if not is_right(thing[name]) then return false end
  end
  return true
end

local function are_notes(notes)
  if notes == nil then return true end
  if not is_object(notes) then return false end
  for _, note in pairs(notes) do
    if type(note) ~= "string" then return false end
  end
  return true
end

local function is_sound(sound)
  return is_object(sound)
    and are(sound, { "id", "name", "path" }, params.is_text)
    and are(sound, { "lane", "first", "frames" }, params.is_number)
    and params.is_span(sound.record)
    and (sound.shift == nil or params.is_number(sound.shift))
    and are_notes(json.value(sound.notes))
end

local function is_marker(marker)
  return is_object(marker) and params.is_span(marker.record) and are(marker, { "id", "color", "name", "note" }, params.is_text)
end

local function check_places(sounds, lanes)
  local sorted, ends, ids = {}, {}, {}
  for position, sound in ipairs(sounds) do sorted[position] = sound end
  table.sort(sorted, function(one, other) return one.record[1] < other.record[1] end)
  for _, sound in ipairs(sorted) do
    local start, frames, lane = sound.record[1], sound.record[2], sound.lane
    local is_inside = sound.first >= 0 and frames > 0 and sound.first + frames <= sound.frames
    local is_free = start >= (ends[lane] or start)
    if lane < 0 or lane >= lanes or not is_inside or not is_free or ids[sound.id] then params.wrong("sounds") end
    ends[lane], ids[sound.id] = start + frames, true
  end
end

-- Raises `params` where anything of a `place` is missing, of another type or over something else.
function params.check_place(given)
  params.take(given, "timeline", params.is_text)
  params.take(given, "batch", params.is_text)
  params.take(given, "start", params.is_number)
  local rate = params.take(given, "rate", params.is_span)
  local folders = params.take(given, "bin", params.is_texts)
  local lanes = params.take(given, "lanes", function(value) return all(value, is_lane) end)
  local sounds = params.take(given, "sounds", function(value) return all(value, is_sound) end)
  local markers = json.value(given.markers)
  if markers ~= nil and not all(markers, is_marker) then params.wrong("markers") end
  if math.min(rate[1], rate[2]) <= 0 then params.wrong("rate") end
  if #folders == 0 then params.wrong("bin") end
  for _, folder in ipairs(folders) do
    if folder == "" then params.wrong("bin") end
  end
  check_places(sounds, #lanes)
end

return params
