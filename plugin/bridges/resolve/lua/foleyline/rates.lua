-- Resolve's rates, which are texts, and its timecode, to exact rates and frames. A rate is {numerator, denominator}.

local rates = {}

local pulled_down = {
  ["23.976"] = 24, ["23.98"] = 24, ["29.97"] = 30, ["47.952"] = 48, ["47.95"] = 48, ["59.94"] = 60, ["119.88"] = 120,
}

function rates.rounded(value)
  return math.floor(tonumber(value) + 0.5)
end

local function nearest(number)
  local best, error_of_best = nil, nil
  for denominator = 1, 1001 do
    local numerator = rates.rounded(number * denominator)
    local off = math.abs(numerator / denominator - number)
    if not best or off < error_of_best then best, error_of_best = { numerator, denominator }, off end
  end
  return best
end

-- The rate and whether it drops frames, of "24", "23.976", "29.97 DF" or a number; nil where it is none.
function rates.parse(value)
  local first, rest = tostring(value):match("^%s*(%S+)%s*(%S*)%s*$")
  local number = first and tonumber(first)
  if not number or number <= 0 or number >= 100000 then return nil end
  local name = string.format("%.3f", number):gsub("0+$", ""):gsub("%.$", "")
  local whole = pulled_down[name]
  if whole then return { whole * 1000, 1001 }, rest == "DF" end
  return nearest(number), rest == "DF"
end

function rates.nominal(rate)
  return math.floor(rate[1] / rate[2] + 0.5)
end

-- Frame numbers left out in nine of ten minutes (SMPTE 12M).
local function dropped(rate, drops)
  local count = rates.nominal(rate)
  return drops and rate[2] == 1001 and count % 30 == 0 and count / 15 or 0
end

function rates.to_timecode(frame, rate, drops)
  local count, left_out = rates.nominal(rate), dropped(rate, drops)
  if left_out > 0 then
    local of_ten = count * 600 - 9 * left_out
    local tens, rest = math.floor(frame / of_ten), frame % of_ten
    frame = frame + left_out * (9 * tens + math.floor(math.max(0, rest - left_out) / (count * 60 - left_out)))
  end
  local seconds = math.floor(frame / count)
  local minutes = math.floor(seconds / 60)
  local mark = left_out > 0 and ";" or ":"
  local hours = math.floor(minutes / 60) % 24
  return string.format("%02d:%02d:%02d%s%02d", hours, minutes % 60, seconds % 60, mark, frame % count)
end

-- The frame, or nil for what is no timecode.
function rates.from_timecode(text, rate, drops)
  local hours, minutes, seconds, frames = tostring(text):match("^(%d+):(%d+):(%d+)[:;.](%d+)$")
  if not hours then return nil end
  local passed = hours * 60 + minutes
  local left_out = dropped(rate, drops) * (passed - math.floor(passed / 10))
  return (passed * 60 + seconds) * rates.nominal(rate) + frames - left_out
end

-- A frame of one rate in another, and whether it falls on a frame there; else it is the nearest.
function rates.converted(frame, from, to)
  local numerator, denominator = frame * from[2] * to[1], from[1] * to[2]
  return math.floor((2 * numerator + denominator) / (2 * denominator)), numerator % denominator == 0
end

return rates
