-- JSON and rates of the Lua bridge. arg: folder of its modules.

package.path = arg[1] .. "/?.lua;" .. package.path
local json, rates = require("foleyline.json"), require("foleyline.rates")
local function same(text) assert(json.encode(json.decode(text)) == text, text) end
same('{"a":[1,-2,0.5,true,false,null,[],{}],"b":"\\u00fc\\ud83d\\udc63\\u2028\\n\\"\\\\"}')
same('9007199254740991') same('""') same('[]') same('{}')
for _, wrong in ipairs({ "", "{", "[1,]", '{"a"}', "01", "1.", "tru", '"\\x"', '"a', "1 2", "\255", "[" .. ("["):rep(300) }) do
  assert(not pcall(json.decode, wrong), wrong)
end
assert(json.encode({ text = "\255\128x" }) == '{"text":"\\ufffd\\ufffdx"}')
assert(not pcall(json.encode, 0 / 0))
local cases = { { "24", 24, 1 }, { "23.976", 24000, 1001 }, { "29.97 DF", 30000, 1001, true }, { "14.96", 374, 25 } }
for _, case in ipairs(cases) do
  local rate, drops = rates.parse(case[1])
  assert(rate[1] == case[2] and rate[2] == case[3] and drops == (case[4] or false), case[1])
end
assert(rates.parse("film") == nil and rates.parse("") == nil and rates.parse(nil) == nil)
for frame = 107892, 107892 + 40000, 7 do
  local rate = { 30000, 1001 }
  assert(rates.from_timecode(rates.to_timecode(frame, rate, true), rate, true) == frame)
end
