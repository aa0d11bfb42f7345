--- What vim.g.pippy says, over the defaults.
local M = {}

---@class pippy.Config
M.defaults = {
  --- Whether the server starts by itself with a Python file.
  enabled = true,
  --- The server's command.
  cmd = { 'pippy-lsp' },
  --- The server's settings (see its README): level, language, completion.mode, …
  settings = {},
  --- 'auto' (Neovim's own where it has one, from 0.12), 'builtin', 'own' or 'off'.
  ghost = 'auto',
  --- Milliseconds that a key waits for the next one, in our own ghost text. The server waits too.
  debounce = 30,
  --- In Insert mode, in Python files; false for none. They do what they did before where there is
  --- no ghost text.
  keys = {
    accept = '<Tab>',
    accept_word = '<M-Right>',
    accept_line = '<M-C-Right>',
    dismiss = '<C-]>',
    next = '<M-]>',
    previous = '<M-[>',
  },
}

---@return pippy.Config
function M.get()
  local own = vim.g.pippy
  -- `pippy-lsp setup neovim` writes where the server is.
  local _, installed = pcall(require, 'pippy.installed')
  local function table_or_none(value)
    return type(value) == 'table' and value or {}
  end
  return vim.tbl_deep_extend('force', M.defaults, table_or_none(installed), table_or_none(own))
end

--- Which ghost text there is: 'builtin', 'own' or 'off'.
---@return string
function M.ghost()
  local wanted = M.get().ghost
  local has_builtin = vim.lsp.inline_completion ~= nil
  if wanted == 'off' then
    return 'off'
  elseif wanted == 'own' or not has_builtin then
    return 'own'
  end
  return 'builtin'
end

--- The server as vim.lsp.config() takes it.
---@return vim.lsp.Config
function M.server()
  local config = M.get()
  local settings = next(config.settings) and config.settings or vim.empty_dict()
  return {
    cmd = config.cmd,
    filetypes = { 'python' },
    root_markers = { '.pippy.toml', '.git' },
    init_options = { statusNotifications = true },
    settings = { pippy = settings },
    -- Neovim 0.11 can't show ghost text, and this plugin can.
    capabilities = { textDocument = { inlineCompletion = { dynamicRegistration = false } } },
    handlers = {
      didChangeStatus = function(...)
        require('pippy.status').changed(...)
      end,
      ['window/showMessage'] = function(_, result)
        require('pippy.actions').say(result)
      end,
    },
  }
end

return M
