-- The timeline as OTIO, written from what the API says, for versions that cannot export it.

local json = require("foleyline.json")
local rates = require("foleyline.rates")
local seat = require("foleyline.seat")

local otio = {}

local note = "This version of Resolve has no OTIO export, so speed changes could not be told for certain."

local function time(value, rate)
  return { OTIO_SCHEMA = "RationalTime.1", value = value, rate = rate[1] / rate[2] }
end

local function range(start, frames, rate)
  return { OTIO_SCHEMA = "TimeRange.1", start_time = time(start, rate), duration = time(frames, rate) }
end

local function item_of(schema, name, source_range)
  return {
    OTIO_SCHEMA = schema,
    name = name,
    metadata = {},
    effects = json.array(),
    markers = json.array(),
    enabled = true,
    source_range = source_range,
  }
end

-- First frame of the media's own timecode, number of frames, rate.
local function media_range(cut, media)
  local rate, drops = rates.parse(media:GetClipProperty("FPS"))
  if not rate then rate, drops = cut.rate, cut.drop_frame end
  local start = rates.from_timecode(media:GetClipProperty("Start TC"), rate, drops)
  return start or 0, tonumber(media:GetClipProperty("Frames")) or 0, rate
end

-- At full speed what is used and what lies on either side of it make up the whole file; the API has no speed.
local function is_retimed(item, frames, whole)
  local before, after = item:GetLeftOffset(), item:GetRightOffset()
  if not before or not after then return false end
  return math.abs(rates.rounded(before) + frames + rates.rounded(after) - whole) > 2
end

local function reference_of(path)
  return {
    OTIO_SCHEMA = path ~= "" and "ExternalReference.1" or "GeneratorReference.1",
    name = "",
    metadata = {},
    available_range = json.null,
    available_image_bounds = json.null,
  }
end

local function fill_external(cut, item, frames, clip, reference)
  local start, count, rate = media_range(cut, item:GetMediaPoolItem())
  local used = rates.converted(rates.rounded(item:GetLeftOffset() or 0), cut.rate, rate)
  local length = rates.converted(frames, cut.rate, rate)
  clip.source_range = range(start + used, length, rate)
  if count > 0 then
    reference.available_range = range(start, count, rate)
    if is_retimed(item, frames, rates.converted(count, rate, cut.rate)) then
      local speed = { OTIO_SCHEMA = "TimeEffect.1", name = "Speed", metadata = {}, effect_name = "Speed" }
      clip.effects = json.array({ speed })
    end
  end
end

local function clip_of(cut, item, frames)
  local path = seat.path_of(item)
  local name = tostring(item:GetName() or path:match("([^/\\]*)$"))
  local clip = item_of("Clip.2", name, range(0, frames, cut.rate))
  clip.enabled = not cut.seat:can_make_lanes() or item:GetClipEnabled() == true
  local reference = reference_of(path)
  if path ~= "" then
    reference.target_url = path
    fill_external(cut, item, frames, clip, reference)
  else
    reference.generator_kind, reference.parameters = "Resolve", {}
  end
  clip.media_references = { DEFAULT_MEDIA = reference }
  clip.active_media_reference_key = "DEFAULT_MEDIA"
  return clip
end

-- Transitions are listed between the clips, and take no room of their own.
local function is_transition(item)
  return not item:GetMediaPoolItem() and next(seat.listed(item:GetProperty())) == nil
end

local function track_of(cut, kind, index)
  local children, ended = json.array(), cut.start
  local items = { unpack(cut:items(kind, index)) }
  table.sort(items, function(one, other) return one:GetStart() < other:GetStart() end)
  for _, item in ipairs(items) do
    local start, frames = seat.span_of(item)
    if not is_transition(item) and start >= ended and frames > 0 then
      if start > ended then children[#children + 1] = item_of("Gap.1", "", range(0, start - ended, cut.rate)) end
      children[#children + 1] = clip_of(cut, item, frames)
      ended = start + frames
    end
  end
  local track = item_of("Track.1", cut:track_name(kind, index), json.null)
  track.kind = kind == "audio" and "Audio" or "Video"
  track.enabled = cut:is_enabled(kind, index)
  track.children = children
  return track
end

function otio.written(cut)
  local stack = item_of("Stack.1", "tracks", json.null)
  stack.children = json.array()
  for _, kind in ipairs({ "video", "audio" }) do
    for index = 1, cut:count(kind) do stack.children[#stack.children + 1] = track_of(cut, kind, index) end
  end
  return json.encode({
    OTIO_SCHEMA = "Timeline.1",
    name = cut.name,
    metadata = { foleyline = { drop_frame = cut.drop_frame, notes = json.array({ note }) } },
    global_start_time = time(cut.start, cut.rate),
    tracks = stack,
  })
end

return otio
