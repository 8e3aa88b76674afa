-- Foleyline bridge: says that scripts of this folder run. Written by "foleyline install resolve".
local known = resolve or (bmd and bmd.scriptapp("Resolve"))
local name = known and known:GetProductName() .. " " .. known:GetVersionString() or "no answer from Resolve"
print("Foleyline: Lua scripts run here (" .. name .. ").")
print("If Foleyline itself is not in this menu, Resolve finds no Python: use Foleyline Lua.")
