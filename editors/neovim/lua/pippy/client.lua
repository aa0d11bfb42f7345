--- The server that serves a buffer.
local M = {}

---@param buf? integer
---@return vim.lsp.Client?
function M.of(buf)
  return vim.lsp.get_clients({ name = 'pippy', bufnr = buf or 0 })[1]
end

--- Like of(); where there is none, say what to do.
---@return vim.lsp.Client?
function M.needed()
  local client = M.of(0)
  if not client then
    M.say('not-here', vim.log.levels.WARN)
  end
  return client
end

--- Show the sentence `key` of words.lua.
function M.say(key, level, ...)
  vim.notify(require('pippy.words').say(key, ...), level or vim.log.levels.INFO)
end

--- Change settings of the running server: {level = 3}.
---@param changes table
function M.configure(changes)
  local client = M.needed()
  if not client then
    return false
  end
  local before = client.settings.pippy or {}
  client.settings.pippy = vim.tbl_deep_extend('force', before, changes)
  client:notify('workspace/didChangeConfiguration', { settings = client.settings })
  return true
end

return M
