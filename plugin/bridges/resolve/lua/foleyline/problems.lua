-- What a request is answered with when it cannot be done: the codes and words of protocol 1.

local problems = {}

local codes = {
  parse = -32700,
  request = -32600,
  method = -32601,
  params = -32602,
  fault = -32603,
  version = 1,
  no_timeline = 2,
  moved = 3,
  busy = 4,
  refused = 5,
}

-- Raised where the panel has ended, so that nobody waits for the answer.
problems.gone = { is_gone = true }

-- Raises a problem by the protocol's word, with the facts that its sentence needs.
function problems.raise(reason, message, facts)
  error({ is_problem = true, reason = reason, message = message, facts = facts or {} }, 0)
end

function problems.is_problem(error_value)
  return type(error_value) == "table" and error_value.is_problem == true
end

function problems.is_gone(error_value)
  return error_value == problems.gone
end

function problems.told(problem)
  local data = { reason = problem.reason }
  for name, fact in pairs(problem.facts) do data[name] = fact end
  return { code = codes[problem.reason], message = problem.message, data = data }
end

-- A fault of ours, from what pcall gave.
function problems.fault(error_value)
  local text = tostring(type(error_value) == "table" and (error_value.message or "an error") or error_value)
  local where, what = text:match("([^/\\]+:%d+): (.*)")
  return { reason = "fault", message = what or text, facts = { trace = where or "" } }
end

return problems
