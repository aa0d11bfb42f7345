--- :checkhealth pippy
local M = {}

local function run(command)
  local ok, process = pcall(vim.system, command, { text = true })
  if not ok then
    return nil
  end
  local done = process:wait(10000)
  return done.code == 0 and vim.trim(done.stdout) or nil
end

local function server(config)
  vim.health.start('pippy: the server')
  local shown = table.concat(config.cmd, ' ')
  local version = run(vim.list_extend(vim.deepcopy(config.cmd), { '--version' }))
  if not version then
    vim.health.error(('`%s` does not run.'):format(shown), {
      'Install it: the README of pippy-lsp says how.',
      'Or give its full path: vim.g.pippy = { cmd = { "/path/to/pippy-lsp" } }',
    })
    return
  end
  vim.health.ok(('`%s` is %s'):format(shown, version))
  local listed = run(vim.list_extend(vim.deepcopy(config.cmd), { 'models', 'list', '--json' }))
  local ok, models = pcall(vim.json.decode, listed or '')
  local here = ok and vim.iter(models):any(function(model)
    return model.installed
  end)
  if here then
    vim.health.ok('A model is on this computer.')
  else
    vim.health.warn(
      'No model is on this computer.',
      { 'Run once: ' .. shown .. ' models pull auto' }
    )
  end
end

local function ghost(config)
  vim.health.start('pippy: ghost text')
  local kind = require('pippy.config').ghost()
  local kinds = {
    builtin = "It is Neovim's own.",
    own = "It is the plugin's own.",
    off = 'It is off (vim.g.pippy.ghost).',
  }
  vim.health.ok(kinds[kind])
  local defaults = require('pippy.config').defaults
  local function compare(found, known, where)
    for name in pairs(found) do
      if known[name] == nil then
        vim.health.warn(('%s has "%s", which there is not.'):format(where, name))
      end
    end
  end
  compare(config, defaults, 'vim.g.pippy')
  compare(config.keys, defaults.keys, 'vim.g.pippy.keys')
end

local function running()
  vim.health.start('pippy: now')
  local clients = vim.lsp.get_clients({ name = 'pippy' })
  if #clients == 0 then
    vim.health.info('The server is not running: it starts with a Python file.')
  end
  for _, client in ipairs(clients) do
    local buffers = vim.tbl_count(client.attached_buffers)
    vim.health.ok(
      ('The server is running, for %d buffers. :Pippy doctor says more.'):format(buffers)
    )
  end
end

function M.check()
  local config = require('pippy.config').get()
  vim.health.start('pippy: Neovim')
  if vim.fn.has('nvim-0.11') == 1 then
    vim.health.ok('Neovim ' .. tostring(vim.version()))
  else
    vim.health.error('Neovim 0.11 or newer is needed.')
  end
  server(config)
  ghost(config)
  running()
end

return M
