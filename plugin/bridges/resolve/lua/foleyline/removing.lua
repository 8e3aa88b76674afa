-- Our sounds off the timeline again, and lanes of ours on which nothing lies any more.

local json = require("foleyline.json")
local ours = require("foleyline.ours")
local rulers = require("foleyline.rulers")

local removing = {}

-- Deletes audio tracks, the last first, so that the others keep their numbers; the set of those that are gone.
function removing.delete_lanes(cut, indices)
  local gone = {}
  table.sort(indices, function(one, other) return one > other end)
  for _, index in ipairs(indices) do
    local before = cut:count("audio")
    cut.timeline:DeleteTrack("audio", index)
    if cut:count("audio") == before - 1 then gone[index] = true end
  end
  return gone
end

-- Takes items off without closing the gaps; those that stay, whatever Resolve says of it.
function removing.delete_items(cut, items)
  if #items == 0 then return {} end
  cut.timeline:DeleteClips(items, false)
  local there, stays = {}, {}
  cut:each_item(function(_, _, item) there[tostring(item:GetUniqueId())] = true end)
  for _, item in ipairs(items) do
    if there[tostring(item:GetUniqueId())] then stays[#stays + 1] = item end
  end
  return stays
end

-- Tracks of ours, by their name, on which nothing but these ids lies.
local function wholly(cut, wanted)
  local found = {}
  for index = 1, cut:count("audio") do
    local laid, count, name = ours.laid(cut, index), #cut:items("audio", index), cut:track_name("audio", index)
    local is_whole = count > 0 and #laid == count and ours.is_lane_name(name) and not cut:is_locked("audio", index)
    for _, each in ipairs(laid) do is_whole = is_whole and wanted[each.told.id] ~= nil end
    if is_whole then found[#found + 1] = { index = index, name = name } end
  end
  return found
end

local function reason_of(cut, each)
  if cut:is_locked("audio", each.track) then return "locked" end
  return cut.seat.resolve:GetCurrentPage() ~= "edit" and "edit_page" or "refused"
end

local function wanted_of(cut, ids)
  local asked, wanted, items, count = {}, {}, {}, 0
  for _, id in ipairs(ids or {}) do asked[id] = true end
  for _, each in ipairs(ours.all_laid(cut)) do
    if not ids or asked[each.told.id] then
      count = count + (wanted[each.told.id] and 0 or 1)
      wanted[each.told.id] = each
      items[#items + 1] = each
    end
  end
  return wanted, items, count
end

-- Ids that are gone and what is left of the others, both in the order of their names.
local function outcome(cut, wanted)
  local still, ids, removed, gone, left = {}, {}, json.array(), {}, json.array()
  for _, each in ipairs(ours.all_laid(cut)) do still[each.told.id] = each end
  for id in pairs(wanted) do ids[#ids + 1] = id end
  table.sort(ids)
  for _, id in ipairs(ids) do
    local each = still[id]
    if each then
      left[#left + 1] = { id = id, reason = reason_of(cut, each), facts = { lane = each.told.lane } }
    else
      removed[#removed + 1], gone[id] = id, true
    end
  end
  return removed, gone, left
end

-- The result of `remove`, less `revision`. Lanes of ours alone go as a whole, which works on every page.
function removing.remove(cut, ids, step)
  local wanted, items, count = wanted_of(cut, ids)
  step(0, count)
  local lanes, indices, rest, names = wholly(cut, wanted), {}, {}, json.array()
  for position, lane in ipairs(lanes) do indices[position] = lane.index end
  local gone_lanes = removing.delete_lanes(cut, indices)
  for _, lane in ipairs(lanes) do
    if gone_lanes[lane.index] then names[#names + 1] = lane.name end
  end
  for _, each in ipairs(items) do
    if not gone_lanes[each.track] then rest[#rest + 1] = each.item end
  end
  removing.delete_items(cut, rest)
  local removed, gone, left = outcome(cut, wanted)
  rulers.delete(cut, gone)
  return { timeline = cut.id, removed = removed, lanes = names, left = left }
end

return removing
