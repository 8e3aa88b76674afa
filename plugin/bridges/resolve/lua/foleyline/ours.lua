-- What lies on the timeline of ours. Each item carries a marker of its own with its id, and with what its notes say.

local json = require("foleyline.json")
local rates = require("foleyline.rates")
local seat = require("foleyline.seat")

local ours = {}

local prefix, marker_name, comments = "foleyline", "Foley", "Comments"
local lane_names = { "^FLY %d+$", "^FLY %d+ VOX$", "^DX %d+$", "^ME %d+$" }

function ours.stamp(id, batch)
  return prefix .. "|" .. id .. "|" .. batch
end

-- Id and batch of what a marker carries; nil for somebody else's marker.
function ours.stamped(custom_data)
  local own, id, batch = tostring(custom_data or ""):match("^([^|]*)|([^|]*)|([^|]*)$")
  if own == prefix then return id, batch end
  return nil
end

local function in_markers(item)
  for _, marker in pairs(seat.listed(item:GetMarkers())) do
    local id, batch = ours.stamped(marker.customData)
    if id then return id, batch end
  end
  return nil
end

local function in_comments(item)
  local media = item:GetMediaPoolItem()
  return ours.stamped((media and tostring(media:GetMetadata(comments) or "") or ""):match("^[^\n]*"))
end

function ours.is_lane_name(name)
  for _, pattern in ipairs(lane_names) do
    if name:find(pattern) then return true end
  end
  return false
end

-- lane: its track's name. Comments count on lanes of ours alone: the file may lie elsewhere by hand.
function ours.identity(item, lane)
  local id, batch = in_markers(item)
  if not id and ours.is_lane_name(lane) then return in_comments(item) end
  return id, batch
end

local function note_of(notes)
  local names, lines = {}, {}
  for name in pairs(json.value(notes) or {}) do names[#names + 1] = name end
  table.sort(names)
  for position, name in ipairs(names) do lines[position] = name .. ": " .. notes[name] end
  return table.concat(lines, "\n")
end

-- Writes id and notes to the item, or into its file's comments where it takes no marker; whether they are there.
function ours.mark(item, sound, batch)
  local note, own = note_of(sound.notes), ours.stamp(sound.id, batch)
  item:AddMarker(0, "Blue", marker_name, note, 1, own)
  local id, found = in_markers(item)
  if id ~= sound.id or found ~= batch then
    local media = item:GetMediaPoolItem()
    if media then media:SetMetadata(comments, own .. "\n" .. note) end
    id, found = in_comments(item)
  end
  return id == sound.id and found == batch
end

-- A *found* object: everything as Resolve says it.
function ours.tell(item, id, batch, lane, index)
  return {
    id = id,
    batch = batch,
    lane = lane,
    index = index,
    record = json.array({ seat.span_of(item) }),
    first = rates.rounded(item:GetLeftOffset() or 0),
    path = seat.path_of(item),
    name = tostring(item:GetName() or ""),
  }
end

-- Our items on one audio track: {item, track, told}.
function ours.laid(cut, index)
  local found, name = {}, cut:track_name("audio", index)
  for _, item in ipairs(cut:items("audio", index)) do
    local id, batch = ours.identity(item, name)
    if id then
      found[#found + 1] = { item = item, track = index, told = ours.tell(item, id, batch, name, index) }
    end
  end
  return found
end

function ours.all_laid(cut)
  local found = {}
  for index = 1, cut:count("audio") do
    for _, each in ipairs(ours.laid(cut, index)) do found[#found + 1] = each end
  end
  return found
end

return ours
