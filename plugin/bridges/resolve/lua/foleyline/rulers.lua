-- Markers on the timeline's own ruler, which count from its start, the opposite of record frames.

local json = require("foleyline.json")
local ours = require("foleyline.ours")
local rates = require("foleyline.rates")
local seat = require("foleyline.seat")

local rulers = {}

local colors = { yellow = "Yellow", red = "Red", orange = "Sand", blue = "Blue" } -- there is no orange among markers
local most_tries = 10

-- Custom data by frame from the timeline's start.
local function frames_of(cut)
  local found = {}
  for frame, marker in pairs(seat.listed(cut.timeline:GetMarkers())) do
    found[rates.rounded(frame)] = tostring(marker.customData or "")
  end
  return found
end

local function frame_with(cut, custom)
  for frame, data in pairs(frames_of(cut)) do
    if data == custom then return frame end
  end
  return nil
end

local function write_one(cut, marker, custom)
  local taken, asked = frames_of(cut), marker.record[1] - cut.start
  for frame = asked, asked + most_tries - 1 do
    if not taken[frame] then
      local color, duration = colors[marker.color] or "Blue", math.max(1, marker.record[2])
      cut.timeline:AddMarker(frame, color, marker.name, marker.note, duration, custom)
      return
    end
  end
end

-- One frame holds one marker, so one whose frame is taken goes a little later, which is told.
function rulers.write(cut, markers, differ)
  for number, marker in ipairs(markers) do
    local custom = ours.stamp(marker.id, tostring(number - 1))
    write_one(cut, marker, custom)
    local found = frame_with(cut, custom)
    if not found or found + cut.start ~= marker.record[1] then
      differ({ id = marker.id }, "marker", marker.record[1], found and found + cut.start or json.null)
    end
  end
end

-- Takes off the markers of ids, a set.
function rulers.delete(cut, ids)
  for frame, custom in pairs(frames_of(cut)) do
    local id = ours.stamped(custom)
    if id and ids[id] then cut.timeline:DeleteMarkerAtFrame(frame) end
  end
end

return rulers
