-- The open timeline as the panel is told it: its text, its tracks, where the editor points, what lies there of ours.

local files = require("foleyline.files")
local json = require("foleyline.json")
local otio = require("foleyline.otio")
local ours = require("foleyline.ours")
local rates = require("foleyline.rates")
local seat = require("foleyline.seat")

local reading = {}

local largest_text = 250 * 2 ^ 20

function reading.tracks(cut)
  local told = json.array()
  for _, kind in ipairs({ "video", "audio" }) do
    for index = 1, cut:count(kind) do
      told[#told + 1] = {
        kind = kind,
        index = index,
        name = cut:track_name(kind, index),
        enabled = cut:is_enabled(kind, index),
        locked = cut:is_locked(kind, index),
      }
    end
  end
  return told
end

-- Two sums that any change of the text changes; LuaJIT's numbers hold both exactly.
local function digest(text)
  local one, other = 7, 11
  for position = 1, #text do
    local byte = text:byte(position)
    one, other = (one * 257 + byte) % 4294967291, (other * 8191 + byte) % 4294967279
  end
  return string.format("%08x%08x", one, other)
end

-- Changes with the tracks and with what lies where on them.
function reading.revision(cut)
  local lines = { cut.id, cut.rate[1], cut.rate[2], tostring(cut.drop_frame), cut.start, json.encode(reading.tracks(cut)) }
  cut:each_item(function(kind, index, item)
    local start, frames = seat.span_of(item)
    local parts = { kind, index, start, frames, tostring(item:GetLeftOffset()), tostring(item:GetName()) }
    lines[#lines + 1] = table.concat(parts, " ")
  end)
  return digest(table.concat(lines, "\n"))
end

-- A cheap sign of change, looked at every other second.
function reading.glance(cut)
  local told = { cut.id, cut.name, cut.start, tostring(cut.timeline:GetEndFrame()), cut:count("video"), cut:count("audio") }
  return table.concat(told, " ")
end

-- How many items lie on one track, counted from the lowest video track; those of audio come after.
function reading.count_on(cut, position)
  local videos = cut:count("video")
  if position <= videos then return #cut:items("video", position) end
  return #cut:items("audio", position - videos)
end

-- How many items lie on each track.
function reading.counts(cut)
  local counts = {}
  for position = 1, cut:count("video") + cut:count("audio") do counts[position] = reading.count_on(cut, position) end
  return counts
end

function reading.playhead(cut)
  return rates.from_timecode(cut.timeline:GetCurrentTimecode(), cut.rate, cut.drop_frame)
end

local function is_timeline(text)
  local is_json, document = pcall(json.decode, text)
  return is_json and type(document) == "table" and tostring(document.OTIO_SCHEMA):find("^Timeline%.") ~= nil
end

-- Resolve's own export; nil where this version has none, or where it says yes and writes nothing.
local function exported(cut)
  local kind = cut.seat.resolve.EXPORT_OTIO
  if kind == nil then return nil end
  local path, folder = files.fresh_path("timeline.otio")
  local text = cut.timeline:Export(path, kind) and files.read(path)
  files.remove(path)
  files.remove_folder(folder)
  return text and #text <= largest_text and is_timeline(text) and text or nil
end

-- The timeline as OTIO, and who wrote it: Resolve itself, or we from what its API says where it does not.
local function text_of(cut)
  local text = exported(cut)
  if text then return text, "otio" end
  return otio.written(cut), "api"
end

-- where the editor points, best first

local function key_of(cut, item)
  local start, frames = seat.span_of(item)
  local name = table.concat({ tostring(item:GetName()), start, frames }, "|")
  if not cut.seat:can_make_lanes() then return name end
  local id = item:GetUniqueId()
  return id and id ~= "" and tostring(id) or name
end

local function all_items(cut)
  local found = {}
  cut:each_item(function(kind, index, item)
    local record = json.array({ seat.span_of(item) })
    local pointed = { kind = kind, track = index, record = record, name = tostring(item:GetName() or "") }
    found[#found + 1] = { pointed = pointed, item = item }
  end)
  return found
end

-- Resolve tells what is selected in its timeline since 21.0.4.
local function selected(cut, items)
  if not cut.seat:is_at_least({ 21, 0, 4 }) then return nil end
  local chosen, clips = {}, json.array()
  for _, item in ipairs(seat.listed(cut.timeline:GetSelectedClips())) do chosen[key_of(cut, item)] = true end
  for _, each in ipairs(items) do
    if chosen[key_of(cut, each.item)] then clips[#clips + 1] = each.pointed end
  end
  return #clips > 0 and { how = "selected", clips = clips } or nil
end

local function add_mark(groups, how, value, pointed)
  if value == "" then return end
  local name = how .. " " .. value
  groups[name] = groups[name] or { how = how, value = value, clips = json.array() }
  table.insert(groups[name].clips, pointed)
end

-- Clips by their color and by their flags; those that were asked for come first.
local function marked(items, color, flag)
  local groups, sorted = {}, {}
  for _, each in ipairs(items) do
    if each.pointed.kind == "video" then
      add_mark(groups, "color", tostring(each.item:GetClipColor() or ""), each.pointed)
      local seen = {}
      for _, value in ipairs(seat.listed(each.item:GetFlagList())) do
        if not seen[value] then add_mark(groups, "flag", tostring(value), each.pointed) end
        seen[value] = true
      end
    end
  end
  local wanted = { ["color " .. color] = true, ["flag " .. flag] = true }
  for name in pairs(groups) do sorted[#sorted + 1] = name end
  table.sort(sorted, function(one, other)
    if (wanted[one] or false) ~= (wanted[other] or false) then return wanted[one] or false end
    return one < other
  end)
  local found = {}
  for position, name in ipairs(sorted) do found[position] = groups[name] end
  return found
end

-- In and Out count from the timeline's start, and the frame at Out belongs to the range.
local function in_out(cut)
  if not cut.seat:is_at_least({ 20 }) or not seat.can(cut.timeline, "GetMarkInOut") then return nil end
  local marks = seat.listed(seat.listed(cut.timeline:GetMarkInOut()).video)
  if not marks["in"] and not marks["out"] then return nil end
  local first = cut.start + rates.rounded(marks["in"] or 0)
  local last = marks["out"] and cut.start + rates.rounded(marks["out"]) or rates.rounded(cut.timeline:GetEndFrame()) - 1
  local span = json.array({ first, math.max(0, last + 1 - first) })
  return { how = "in_out", range = span, clips = json.array() }
end

local function under_playhead(cut, items)
  local item = cut.timeline:GetCurrentVideoItem()
  if not item then return nil end
  local here, clips = key_of(cut, item), json.array()
  for _, each in ipairs(items) do
    if each.pointed.kind == "video" and key_of(cut, each.item) == here then clips[#clips + 1] = each.pointed end
  end
  return #clips > 0 and { how = "playhead", clips = clips } or nil
end

function reading.selections(cut, color, flag)
  local items, found = all_items(cut), json.array()
  found[#found + 1] = selected(cut, items)
  for _, each in ipairs(marked(items, color, flag)) do found[#found + 1] = each end
  found[#found + 1] = in_out(cut)
  found[#found + 1] = under_playhead(cut, items)
  return found
end

-- The result of `timeline`.
function reading.tell(cut, project, known, color, flag)
  local now = reading.revision(cut)
  local text, read_by = json.null, "otio"
  if known ~= now then text, read_by = text_of(cut) end
  local lying = json.array()
  for position, each in ipairs(ours.all_laid(cut)) do lying[position] = each.told end
  return {
    id = cut.id,
    revision = now,
    name = cut.name,
    project = tostring(project:GetName() or ""),
    file = "",
    rate = json.array({ cut.rate[1], cut.rate[2] }),
    start = cut.start,
    drop_frame = cut.drop_frame,
    otio = text,
    read_by = read_by,
    selections = reading.selections(cut, color, flag),
    playhead = reading.playhead(cut) or json.null,
    tracks = reading.tracks(cut),
    ours = lying,
  }
end

return reading
