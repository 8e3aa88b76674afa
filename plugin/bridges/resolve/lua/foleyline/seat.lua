-- The running Resolve: how a menu script gets hold of it, what this version of it can do, what is open in it.

local json = require("foleyline.json")
local problems = require("foleyline.problems")
local rates = require("foleyline.rates")

local seat = {}

local oldest, tracks_since, places_since = { 18, 5 }, { 18, 6 }, { 19, 0 }
local untitled = "Untitled Project"

-- Resolve's object from the names that a menu script is given; nil where there is no Resolve to be had.
function seat.acquire(known)
  if known.resolve then return known.resolve end
  if known.bmd then
    local found = known.bmd.scriptapp("Resolve")
    if found then return found end
  end
  if known.app then return known.app:GetResolve() end
  return nil
end

-- Whether an object has a method: unknown ones are nil, or raise.
function seat.can(thing, name)
  local is_known, method = pcall(function() return thing[name] end)
  return is_known and method ~= nil
end

-- Resolve's lists, which may be nil.
function seat.listed(answer)
  return type(answer) == "table" and answer or {}
end

function seat.of(resolve)
  local made = { resolve = resolve, version = {} }
  for position, part in ipairs(seat.listed(resolve:GetVersion())) do
    if position <= 3 then made.version[position] = tonumber(part) or 0 end
  end
  return setmetatable(made, { __index = seat })
end

function seat:version_text()
  return table.concat(self.version, ".")
end

function seat:is_at_least(version)
  for position, part in ipairs(version) do
    local own = self.version[position] or 0
    if own ~= part then return own > part end
  end
  return true
end

-- Whether Resolve still answers: a program that has ended gives nothing, or methods that are none.
function seat:is_there()
  local is_known, name = pcall(function() return self.resolve:GetProductName() end)
  return is_known and name ~= nil and name ~= ""
end

function seat:edition()
  return tostring(self.resolve:GetProductName()):find("Studio") and "Studio" or "free"
end

function seat:can_place()
  return self:is_at_least(places_since)
end

function seat:can_make_lanes()
  return self:is_at_least(tracks_since)
end

function seat:project()
  local projects = self.resolve:GetProjectManager()
  if not projects then problems.raise("busy", "Resolve does not answer", { again_s = 2 }) end
  local project = projects:GetCurrentProject()
  if not project then problems.raise("no_timeline", "no project is open") end
  return project
end

-- Project and open timeline with its time base.
function seat:timeline()
  if not self:is_at_least(oldest) then
    problems.raise("refused", "Resolve " .. self:version_text() .. " is too old", { why = "too_old" })
  end
  local project = self:project()
  local timeline = project:GetCurrentTimeline()
  if not timeline then problems.raise("no_timeline", "no timeline is open") end
  return project, seat.cut(timeline, project, self)
end

-- Whether it was saved; nil for a project without a name yet, which only a person can give it.
function seat:save(project)
  if project:GetName() == untitled then return nil end
  return self.resolve:GetProjectManager():SaveProject() == true
end

-- the open timeline

local cut = {}

function seat.cut(timeline, project, of)
  local told = timeline:GetSetting("timelineFrameRate") or project:GetSetting("timelineFrameRate")
  local rate, drops = rates.parse(told)
  if not rate then
    local why = "its frame rate (" .. tostring(told) .. ") cannot be read"
    problems.raise("refused", "the timeline has no rate", { why = why })
  end
  local made = { timeline = timeline, seat = of, rate = rate, drop_frame = drops }
  made.start = rates.rounded(timeline:GetStartFrame() or 0)
  made.name = tostring(timeline:GetName() or "")
  made.id = of:can_make_lanes() and tostring(timeline:GetUniqueId())
    or tostring(project:GetName()) .. "/" .. made.name
  return setmetatable(made, { __index = cut })
end

function cut:count(kind)
  return tonumber(self.timeline:GetTrackCount(kind)) or 0
end

function cut:items(kind, index)
  return seat.listed(self.timeline:GetItemListInTrack(kind, index))
end

function cut:track_name(kind, index)
  return tostring(self.timeline:GetTrackName(kind, index) or "")
end

function cut:is_enabled(kind, index)
  return not self.seat:can_make_lanes() or self.timeline:GetIsTrackEnabled(kind, index) == true
end

function cut:is_locked(kind, index)
  return self.seat:can_make_lanes() and self.timeline:GetIsTrackLocked(kind, index) == true
end

-- Calls with kind, index and item for everything on video and audio tracks, bottom to top.
function cut:each_item(visit)
  for _, kind in ipairs({ "video", "audio" }) do
    for index = 1, self:count(kind) do
      for _, item in ipairs(self:items(kind, index)) do visit(kind, index, item) end
    end
  end
end

local function same(asked, found)
  if type(found) ~= "table" then return asked == found end
  return type(asked) == "table" and asked[1] == found[1] and asked[2] == found[2]
end

-- Raises `moved` where it is not what the panel saw. asked: params with timeline, rate and start.
function cut:check(asked)
  local found = { timeline = self.id, rate = json.array({ self.rate[1], self.rate[2] }), start = self.start }
  for _, what in ipairs({ "timeline", "rate", "start" }) do
    if asked[what] ~= nil and not same(asked[what], found[what]) then
      local facts = { what = what, asked = asked[what], found = found[what] }
      problems.raise("moved", "the " .. what .. " is another one", facts)
    end
  end
end

-- Record range of an item: first frame and frames.
function seat.span_of(item)
  local start = rates.rounded(item:GetStart())
  return start, rates.rounded(item:GetEnd()) - start
end

-- The file of an item; empty for titles, generators and transitions.
function seat.path_of(item)
  local media = item:GetMediaPoolItem()
  return media and tostring(media:GetClipProperty("File Path") or "") or ""
end

return seat
