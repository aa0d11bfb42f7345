--- :Pippy and what stands after it.
local client = require('pippy.client')

local M = {}

local MODES = { 'off', 'hint', 'line', 'block' }
local LEVELS = { '1', '2', '3', '4', '5', 'auto' }

local function choose(value, known, key, change)
  if not vim.list_contains(known, value) then
    client.say(key .. '-wrong', vim.log.levels.WARN)
  elseif client.configure(change(value)) then
    client.say(key, nil, value)
  end
end

---@type table<string, {run: fun(call: table), values?: string[]}>
local COMMANDS = {
  explain = {
    run = function(call)
      require('pippy.actions').explain(call.line1, call.line2)
    end,
  },
  fix = {
    run = function(call)
      require('pippy.actions').fix(call.line1, call.line2)
    end,
  },
  error = {
    run = function(call)
      local first = call.range > 0 and call.line1 or 1
      local last = call.range > 0 and call.line2 or vim.api.nvim_buf_line_count(0)
      require('pippy.actions').error(first, last)
    end,
  },
  doctor = {
    run = function()
      require('pippy.actions').doctor()
    end,
  },
  status = {
    run = function()
      require('pippy.status').show()
    end,
  },
  on = {
    run = function()
      vim.lsp.enable('pippy')
      client.say('on')
    end,
  },
  off = {
    run = function()
      vim.lsp.enable('pippy', false)
      for _, each in ipairs(vim.lsp.get_clients({ name = 'pippy' })) do
        each:stop()
      end
      client.say('off')
    end,
  },
  level = {
    values = LEVELS,
    run = function(call)
      choose(call.fargs[2], LEVELS, 'level', function(value)
        return { level = tonumber(value) or value }
      end)
    end,
  },
  mode = {
    values = MODES,
    run = function(call)
      choose(call.fargs[2], MODES, 'mode', function(value)
        return { completion = { mode = value } }
      end)
    end,
  },
}

local NAMES = vim.tbl_keys(COMMANDS)
table.sort(NAMES)

--- Run `:Pippy NAME …`; without a name it says how things stand.
function M.run(call)
  local command = COMMANDS[call.fargs[1] or 'status']
  if command then
    command.run(call)
  else
    client.say('command-wrong', vim.log.levels.WARN, table.concat(NAMES, ', '))
  end
end

--- What can stand where the cursor is in the command line.
---@return string[]
function M.complete(typed, line)
  local words = vim.split(line, '%s+', { trimempty = true })
  while words[1] and not words[1]:find('Pippy') do
    table.remove(words, 1)
  end
  local command = COMMANDS[words[2]]
  local known = (#words > 2 or (#words == 2 and typed == '')) and (command and command.values or {})
    or NAMES
  return vim.tbl_filter(function(each)
    return vim.startswith(each, typed)
  end, known)
end

return M
