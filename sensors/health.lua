-- What Argo CD shows of an EventSource or a Sensor, from its conditions. "Deployed" means that the Deployment was made,
-- not that its pod is ready: that is for the health of the Deployment, which Argo CD shows below.
local waits = {EventBusNotFound = true, EventBusNotReady = true, GetEventBusFailed = true}
local found = {status = "Progressing", message = "Argo Events has not looked at it yet"}
if obj.status == nil or obj.status.conditions == nil then
  return found
end
local known = 0
for _, condition in ipairs(obj.status.conditions) do
  local told = condition.message or condition.reason or ""
  if condition.status == "False" and not (condition.type == "Deployed" and waits[condition.reason]) then
    return {status = "Degraded", message = condition.type .. ": " .. told}
  elseif condition.status == "False" then
    found.message = condition.type .. ": " .. told
  elseif condition.status == "True" then
    known = known + 1
  end
end
if known > 0 and known == #obj.status.conditions then
  return {status = "Healthy", message = "deployed"}
end
return found
