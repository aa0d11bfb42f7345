--- What the server does just now, for a status line.
local M = {}

local last = {} ---@type table<integer, {busy: boolean, kind: string, message: string}>

--- The handler of `didChangeStatus`.
function M.changed(_, result, context)
  last[context.client_id] = result
  vim.cmd.redrawstatus({ bang = true })
end

--- A few signs: "pippy", "pippy …" while it works, "pippy !" when it can't; "" where it is not.
---@return string
function M.line()
  local client = require('pippy.client').of(0)
  if not client then
    return ''
  end
  local now = last[client.id]
  if not now or now.kind == 'Inactive' then
    return 'pippy zz'
  elseif now.kind == 'Error' then
    return 'pippy !'
  end
  return now.busy and 'pippy …' or 'pippy'
end

--- Ask the server, and say it.
function M.show()
  local client = require('pippy.client').needed()
  if not client then
    return
  end
  client:request('pippy/status', vim.empty_dict(), function(err, status)
    local say = require('pippy.client').say
    if err or not status then
      say('failed', vim.log.levels.WARN)
    elseif status.message ~= '' then
      vim.notify(status.message, vim.log.levels.WARN)
    elseif status.phase == 'ready' then
      local counts = status.suggestions
      say('ready', nil, status.model.name, counts.accepted + counts.partly, counts.offered)
    else
      say(status.phase)
    end
  end, vim.api.nvim_get_current_buf())
end

return M
