-- Sounds onto new lanes. Resolve says yes to much that it does not do, so everything is read back before it is told.

local bins = require("foleyline.bins")
local files = require("foleyline.files")
local json = require("foleyline.json")
local lanes = require("foleyline.lanes")
local ours = require("foleyline.ours")
local problems = require("foleyline.problems")
local rates = require("foleyline.rates")
local removing = require("foleyline.removing")
local rulers = require("foleyline.rulers")
local seat = require("foleyline.seat")

local placing = {}
placing.__index = placing

-- One `place`. step: called between any two slices of work, with done and of; raises when nobody waits.
function placing.new(cut, project, params, step)
  return setmetatable({
    cut = cut,
    project = project,
    params = params,
    step = step,
    left = {},
    differences = json.array(),
    media = {},
    lanes = {},
    found = {},
    there = {},
    told_s = -1,
  }, placing)
end

function placing:wanted()
  local list = {}
  for _, sound in ipairs(self.params.sounds) do
    if not self.left[sound.id] then list[#list + 1] = sound end
  end
  return list
end

function placing:leave(sound, reason, facts)
  local folder = self.media[sound.path] and self.params.bin or json.null
  self.left[sound.id] = { id = sound.id, reason = reason, bin = folder, facts = facts or {} }
end

function placing:differ(about, what, asked, found)
  local told = { what = what, asked = asked, found = found }
  for name, value in pairs(about) do told[name] = value end
  self.differences[#self.differences + 1] = told
end

-- For those who tell of differences without knowing this object.
function placing:differ_here()
  return function(...) self:differ(...) end
end

-- Tells how far it is, now and then, and ends it when the panel has gone.
function placing:go_on(done)
  local now_s = os.time()
  if now_s ~= self.told_s then
    self.told_s = now_s
    self.step(done, 2 * #self.params.sounds)
  end
end

-- Files are there, begin on the timeline, and come into the bin.
function placing:prepare()
  for _, sound in ipairs(self.params.sounds) do
    if not files.is_file(sound.path) then
      self:leave(sound, "no_file")
    elseif sound.record[1] < self.cut.start then
      self:leave(sound, "before_start")
    end
  end
  local paths = {}
  for position, sound in ipairs(self:wanted()) do paths[position] = sound.path end
  if #paths > 0 then
    self.media = bins.imported(self.project, self.params.bin, paths, function(done) self:go_on(done) end)
  end
  for _, sound in ipairs(self:wanted()) do
    if not self.media[sound.path] then self:leave(sound, "not_imported") end
  end
end

function placing:make_lanes()
  local seen, used = {}, {}
  for _, sound in ipairs(self:wanted()) do
    if not seen[sound.lane] then used[#used + 1], seen[sound.lane] = sound.lane, true end
  end
  table.sort(used)
  lanes.make(self.cut, self.params.lanes, used, self.lanes, self:differ_here())
end

function placing:switch_lanes()
  for _, lane in ipairs(lanes.sorted(self.lanes)) do lanes.switch(self.cut, lane, self:differ_here()) end
end

-- Before 19.0 nothing can be put at a record frame; lanes to drag to are made where that can be done.
function placing:leave_to_the_hand()
  if self.cut.seat:can_make_lanes() then
    self:make_lanes()
    self:switch_lanes()
  end
  for _, sound in ipairs(self:wanted()) do self:leave(sound, "by_hand") end
end

-- Appending goes to whatever timeline is open at this moment.
function placing:check_is_open()
  local now = self.project:GetCurrentTimeline()
  local id = now and tostring(now:GetUniqueId())
  if id ~= self.cut.id then
    local facts = { what = "timeline", asked = self.cut.id, found = id or json.null }
    problems.raise("moved", "another timeline was opened", facts)
  end
end

function placing:lay_one(sound)
  local lane = self.lanes[sound.lane]
  if not lane then return self:leave(sound, "no_lane") end
  local media = self.media[sound.path]
  local rate = rates.parse(media:GetClipProperty("FPS")) or self.cut.rate
  local first, is_first_whole = rates.converted(sound.first, self.cut.rate, rate)
  local last, is_last_whole = rates.converted(sound.first + sound.record[2], self.cut.rate, rate)
  if not (is_first_whole and is_last_whole) then
    return self:leave(sound, "off_grid", { rate = tostring(media:GetClipProperty("FPS")) })
  end
  self:check_is_open()
  self.project:GetMediaPool():AppendToTimeline({
    {
      mediaPoolItem = media,
      startFrame = first,
      endFrame = last, -- the first frame that is not played
      mediaType = 2,
      trackIndex = lane.index,
      recordFrame = sound.record[1],
    },
  })
end

function placing:lay()
  for _, item in ipairs(self:on_our_files()) do self.there[tostring(item:GetUniqueId())] = true end
  self:make_lanes()
  for number, sound in ipairs(self:wanted()) do
    self:lay_one(sound)
    self:go_on(#self.params.sounds + number)
  end
  self:read_back()
  self:name()
  self:tell_shifts()
  self:switch_lanes()
  local markers = {}
  for _, marker in ipairs(json.value(self.params.markers) or {}) do
    if self.found[marker.id] then markers[#markers + 1] = marker end
  end
  rulers.write(self.cut, markers, self:differ_here())
end

-- reading back

local function key_of(lane, start, path)
  return lane .. "|" .. start .. "|" .. bins.plain(path)
end

-- An item without an id of Resolve's own is none.
local function is_as_asked(sound, item)
  local start, frames = seat.span_of(item)
  local id = item:GetUniqueId()
  return start == sound.record[1]
    and frames == sound.record[2]
    and rates.rounded(item:GetLeftOffset() or 0) == sound.first
    and id ~= nil
    and id ~= ""
end

-- Items of any track that play a file of this placing, whoever put them there.
function placing:on_our_files()
  local paths, found = {}, {}
  for _, sound in ipairs(self.params.sounds) do paths[bins.plain(sound.path)] = true end
  self.cut:each_item(function(_, _, item)
    if paths[bins.plain(seat.path_of(item))] then found[#found + 1] = item end
  end)
  return found
end

-- Items that came to lie on other tracks than they were asked to.
function placing:strays()
  local known, found = {}, {}
  for _, each in pairs(self.found) do known[tostring(each.item:GetUniqueId())] = true end
  for _, lane in pairs(self.lanes) do
    for _, item in ipairs(self.cut:items("audio", lane.index)) do known[tostring(item:GetUniqueId())] = true end
  end
  for _, item in ipairs(self:on_our_files()) do
    local id = tostring(item:GetUniqueId())
    if not known[id] and not self.there[id] then found[#found + 1] = item end
  end
  return found
end

function placing:mark(sound, item, lane)
  local batch = self.params.batch
  if not ours.mark(item, sound, batch) then self:differ({ id = sound.id }, "notes", batch, json.null) end
  return { item = item, track = lane.index, told = ours.tell(item, sound.id, batch, lane.name, lane.index) }
end

-- Finds what lies on the new lanes as it was asked to; what does not, and the sounds that are still waited for.
function placing:sort_out()
  local before, wrong, waiting = self.found, {}, {}
  self.found = {}
  for _, sound in ipairs(self:wanted()) do waiting[key_of(sound.lane, sound.record[1], sound.path)] = sound end
  for _, lane in ipairs(lanes.sorted(self.lanes)) do
    for _, item in ipairs(self.cut:items("audio", lane.index)) do
      local key = key_of(lane.asked, (seat.span_of(item)), seat.path_of(item))
      local sound = waiting[key]
      if sound and is_as_asked(sound, item) then
        waiting[key] = nil
        self.found[sound.id] = before[sound.id] or self:mark(sound, item, lane)
      else
        wrong[#wrong + 1] = item
      end
    end
  end
  for _, item in ipairs(self:strays()) do wrong[#wrong + 1] = item end
  return wrong, waiting
end

local function places_of(items)
  local places = {}
  for position, item in ipairs(items) do
    places[position] = { path = bins.plain(seat.path_of(item)), span = json.array({ seat.span_of(item) }) }
  end
  return places
end

local function place_of(places, path)
  for _, place in ipairs(places) do
    if place.path == bins.plain(path) then return place.span end
  end
  return nil
end

function placing:leave_wrong(sound, places, stays)
  local where, staying = place_of(places, sound.path), place_of(stays, sound.path)
  if staying then
    self:leave(sound, "stays", { record = staying })
  else
    self:leave(sound, where and "not_as_asked" or "dropped")
  end
  if where then self:differ({ id = sound.id }, "record", sound.record, where) end
end

function placing:move_up(gone)
  for _, lane in pairs(self.lanes) do
    if lane.index > gone then lane.index = lane.index - 1 end
  end
  for _, each in pairs(self.found) do
    if each.track > gone then
      each.track = each.track - 1
      each.told.index = each.track
    end
  end
end

function placing:drop_lanes_without_any()
  local used, made = {}, lanes.sorted(self.lanes)
  for _, each in pairs(self.found) do used[each.track] = true end
  for position = #made, 1, -1 do
    local lane = made[position]
    if not used[lane.index] and removing.delete_lanes(self.cut, { lane.index })[lane.index] then
      self.lanes[lane.asked] = nil
      self:move_up(lane.index)
    end
  end
end

-- What lies where it was asked to is found, all else of ours is taken off and left.
function placing:read_back()
  local wrong, waiting = self:sort_out()
  local places = places_of(wrong)
  self:drop_lanes_without_any()
  local stays = places_of(removing.delete_items(self.cut, wrong))
  for _, sound in ipairs(self:wanted()) do
    if waiting[key_of(sound.lane, sound.record[1], sound.path)] then self:leave_wrong(sound, places, stays) end
  end
end

-- Names of items can be set since 21; before that they are the files' names, and that is told.
function placing:name()
  for _, sound in ipairs(self.params.sounds) do
    local each = self.found[sound.id]
    if each then
      if self.cut.seat:is_at_least({ 21 }) then each.item:SetName(sound.name) end
      each.told.name = tostring(each.item:GetName() or "")
      if each.told.name ~= sound.name then self:differ({ id = sound.id }, "name", sound.name, each.told.name) end
    end
  end
end

-- Nothing less than a frame can be asked of Resolve.
function placing:tell_shifts()
  for _, sound in ipairs(self.params.sounds) do
    local shift = json.value(sound.shift) or 0
    if self.found[sound.id] and shift ~= 0 then self:differ({ id = sound.id }, "shift", shift, 0) end
  end
end

function placing:work()
  self:prepare()
  if self.cut.seat:can_place() then self:lay() else self:leave_to_the_hand() end
end

-- The result of `place`, less `revision`. Where it raises, nothing half done stays.
function placing:run()
  local is_done, problem = pcall(self.work, self)
  if not is_done then
    local indices = {}
    for _, lane in pairs(self.lanes) do indices[#indices + 1] = lane.index end
    pcall(removing.delete_lanes, self.cut, indices)
    error(problem, 0)
  end
  local saved
  if next(self.found) then saved = self.cut.seat:save(self.project) end
  if saved then self:read_back() end -- what Resolve only seemed to have placed is gone after saving
  return self:result(saved)
end

function placing:result(saved)
  local made, found, left = json.array(), json.array(), json.array()
  for position, lane in ipairs(lanes.sorted(self.lanes)) do made[position] = lanes.told(lane) end
  for _, sound in ipairs(self.params.sounds) do
    if self.found[sound.id] then found[#found + 1] = self.found[sound.id].told end
    left[#left + 1] = self.left[sound.id]
  end
  return {
    timeline = self.cut.id,
    lanes = made,
    found = found,
    left = left,
    differences = self.differences,
    saved = saved == nil and json.null or saved,
  }
end

return placing
