-- New audio tracks at the bottom, stereo, named, switched off where they are for reference alone.

local lanes = {}

-- Fills `made` by number with those that could be made: a track counts as made when there is one more than before.
function lanes.make(cut, wanted, used, made, differ)
  for _, number in ipairs(used) do
    local before = cut:count("audio")
    cut.timeline:AddTrack("audio", "stereo")
    local index = cut:count("audio")
    if index == before + 1 and #cut:items("audio", index) == 0 and not cut:is_locked("audio", index) then
      local name = wanted[number + 1].name
      cut.timeline:SetTrackName("audio", index, name)
      local lane = { asked = number, index = index, enabled = true, wants_enabled = wanted[number + 1].enabled }
      lane.name = cut:track_name("audio", index)
      made[number] = lane
      if lane.name ~= name then differ({ lane = name }, "name", name, lane.name) end
      local kind = cut.seat:can_place() and cut.timeline:GetTrackSubType("audio", index) or "stereo"
      if kind ~= "stereo" then differ({ lane = name }, "stereo", true, tostring(kind)) end
    end
  end
end

function lanes.switch(cut, lane, differ)
  if not lane.wants_enabled then cut.timeline:SetTrackEnable("audio", lane.index, false) end
  lane.enabled = cut:is_enabled("audio", lane.index)
  if lane.enabled ~= lane.wants_enabled then
    differ({ lane = lane.name }, "enabled", lane.wants_enabled, lane.enabled)
  end
end

-- Lanes in the order in which they were asked for.
function lanes.sorted(made)
  local list = {}
  for _, lane in pairs(made) do list[#list + 1] = lane end
  table.sort(list, function(one, other) return one.asked < other.asked end)
  return list
end

function lanes.told(lane)
  return { asked = lane.asked, name = lane.name, index = lane.index, enabled = lane.enabled }
end

return lanes
