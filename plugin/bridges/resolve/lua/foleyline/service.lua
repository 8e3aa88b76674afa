-- Requests to answers: JSON-RPC 2.0, one message a line, one at a time.

local json = require("foleyline.json")
local params_of = require("foleyline.params")
local placing = require("foleyline.placing")
local problems = require("foleyline.problems")
local rates = require("foleyline.rates")
local reading = require("foleyline.reading")
local removing = require("foleyline.removing")

local service = { look_s = 2 }
service.__index = service

local protocol, version = 1, "1.0"
local gone_after_s = 10

-- send: writes one line. check: called while there is work. Both raise where nobody waits any more.
function service.new(seat, send, check)
  return setmetatable({ seat = seat, send = send, check = check, counts = {}, turn = 0 }, service)
end

local methods = {}

local needs = {
  place = { 19, 0 },
  place_by_hand = { 18, 5 },
  remove = { 18, 6 },
  go_to = { 18, 5 },
  selection = { 21, 0, 4 },
  marks = { 18, 5 },
  markers = { 18, 5 },
  names = { 21, 0 },
  changed = { 18, 5 },
}

local function has(list, wanted)
  for _, value in ipairs(list) do
    if value == wanted then return true end
  end
  return false
end

function methods.identify(self, _, params)
  local versions = params_of.take(params, "versions", json.is_array)
  if not has(versions, protocol) then
    problems.raise("version", "no protocol version in common", { versions = json.array({ protocol }) })
  end
  local never = "Resolve's scripts cannot do it"
  local can, why_not = json.array(), { shift = never, undo = never }
  for word, since in pairs(needs) do
    if self.seat:is_at_least(since) then
      can[#can + 1] = word
    else
      why_not[word] = "it needs Resolve " .. table.concat(since, ".")
    end
  end
  table.sort(can)
  return {
    protocol = protocol,
    bridge = version,
    program = "DaVinci Resolve",
    version = self.seat:version_text(),
    edition = self.seat:edition(),
    can = can,
    why_not = why_not,
  }
end

function methods.timeline(self, _, params)
  local known = params_of.maybe_text(params, "known")
  local color, flag = params_of.maybe_text(params, "color"), params_of.maybe_text(params, "flag")
  local project, cut = self.seat:timeline()
  self:remember(cut)
  return reading.tell(cut, project, known, color, flag)
end

function methods.place(self, number, params)
  params_of.check_place(params)
  local project, cut = self.seat:timeline()
  cut:check(params)
  return self:changed(cut, placing.new(cut, project, params, self:step_of(number)):run())
end

function methods.go_to(self, _, params)
  local wanted = params_of.take(params, "timeline", params_of.is_text)
  local frame = params_of.take(params, "frame", params_of.is_number)
  local _, cut = self.seat:timeline()
  cut:check({ timeline = wanted })
  local last = math.max(cut.start, rates.rounded(cut.timeline:GetEndFrame() or 0))
  local inside = math.min(math.max(frame, cut.start), last)
  cut.timeline:SetCurrentTimecode(rates.to_timecode(inside, cut.rate, cut.drop_frame))
  local found = reading.playhead(cut)
  if not found then
    local facts = { why = "the playhead is not shown here" }
    problems.raise("refused", "the playhead cannot be read on this page", facts)
  end
  return { frame = found }
end

function methods.remove(self, number, params)
  local wanted = params_of.take(params, "timeline", params_of.is_text)
  local ids = json.value(params.ids)
  if ids ~= nil and not params_of.is_texts(ids) then params_of.wrong("ids") end
  local _, cut = self.seat:timeline()
  cut:check({ timeline = wanted })
  if not self.seat:can_make_lanes() then
    problems.raise("refused", "this version cannot delete", { why = "too_old" })
  end
  return self:changed(cut, removing.remove(cut, ids, self:step_of(number)))
end

function service:step_of(number)
  return function(done, of)
    self.check()
    self:notify("progress", { id = number, done = done, of = of })
  end
end

-- As it is now is no news to the panel.
function service:remember(cut)
  self.glance, self.counts, self.turn = reading.glance(cut), reading.counts(cut), 0
end

function service:changed(cut, result)
  self:remember(cut)
  result.revision = reading.revision(cut)
  return result
end

function service:write(message)
  message.jsonrpc = "2.0"
  self.send(json.encode(message) .. "\n")
end

function service:notify(method, params)
  self:write({ method = method, params = params })
end

-- Id (nil for a notification), method and params.
local function parsed(line)
  local is_json, message = pcall(json.decode, line)
  if not is_json then problems.raise("parse", "this is no JSON") end
  if type(message) ~= "table" or message == json.null or json.is_array(message) then
    problems.raise("request", "this is no request")
  end
  local number = params_of.is_number(message.id) and message.id or nil
  local given = message.params == nil and {} or message.params
  local is_object = type(given) == "table" and given ~= json.null and not json.is_array(given)
  if message.jsonrpc ~= "2.0" or type(message.method) ~= "string" or not is_object then
    error({ is_problem = true, reason = "request", message = "this is no request of JSON-RPC 2.0", facts = {}, id = number }, 0)
  end
  return number, message.method, given
end

function service:answer(number, method, params)
  local work = methods[method]
  if not work then problems.raise("method", "no such method", { method = method }) end
  return work(self, number, params)
end

-- Tells a problem as the answer to a request; raises again that nobody waits.
function service:tell_problem(number, problem)
  if problems.is_gone(problem) then error(problem, 0) end
  local known = problems.is_problem(problem) and problem or problems.fault(problem)
  self:write({ id = number or known.id or json.null, error = problems.told(known) })
end

-- Answers one line; false where the panel says that it closes. Raises where the panel is gone.
function service:take(line)
  local is_read, number, method, params = pcall(parsed, line)
  if not is_read then
    self:tell_problem(nil, number)
    return true
  end
  if not number then return method ~= "bye" end
  local is_done, result = pcall(self.answer, self, number, method, params)
  if is_done then self:write({ id = number, result = result }) else self:tell_problem(number, result) end
  return true
end

-- Looks at one track at a time: a long one takes Resolve a while to list.
function service:has_other_count(cut)
  if #self.counts == 0 then return false end
  self.turn = self.turn % #self.counts + 1
  if self.turn > cut:count("video") + cut:count("audio") then return false end
  local before = self.counts[self.turn]
  self.counts[self.turn] = reading.count_on(cut, self.turn)
  return self.counts[self.turn] ~= before
end

function service:say_if_changed(glance, timeline, is_certain)
  if self.glance and (is_certain or glance ~= self.glance) then
    self:notify("changed", { timeline = timeline, revision = "" })
  end
  self.glance = glance
end

-- Called when there is nothing to do: says what changed in Resolve; false once Resolve is not there.
function service:look()
  if not self.seat:is_there() then
    self.silent_since_s = self.silent_since_s or os.time()
    return os.time() - self.silent_since_s < gone_after_s
  end
  self.silent_since_s = nil
  local is_open, _, cut = pcall(self.seat.timeline, self.seat)
  if is_open then
    local is_other = self:has_other_count(cut)
    self:say_if_changed(reading.glance(cut), cut.id, is_other)
  else
    self:say_if_changed("", json.null)
  end
  return true
end

return service
