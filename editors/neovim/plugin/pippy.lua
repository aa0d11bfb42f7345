if vim.g.loaded_pippy then
  return
end
vim.g.loaded_pippy = true

if vim.fn.has('nvim-0.11') == 0 then
  vim.notify('pippy needs Neovim 0.11 or newer.', vim.log.levels.WARN)
  return
end

vim.api.nvim_create_user_command('Pippy', function(call)
  require('pippy.commands').run(call)
end, {
  nargs = '*',
  range = true,
  desc = 'Pippy: explain, fix, doctor, status, on, off, level, mode',
  complete = function(...)
    return require('pippy.commands').complete(...)
  end,
})

local group = vim.api.nvim_create_augroup('pippy', {})

vim.api.nvim_create_autocmd('LspAttach', {
  group = group,
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'pippy' then
      require('pippy.ghost').attach(client, event.buf)
    end
  end,
})

vim.api.nvim_create_autocmd('LspDetach', {
  group = group,
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'pippy' then
      require('pippy.ghost').detach(event.buf)
    end
  end,
})

local function colours()
  vim.api.nvim_set_hl(0, 'PippyGhost', { link = 'NonText', default = true })
end
colours()
vim.api.nvim_create_autocmd('ColorScheme', { group = group, callback = colours })

if require('pippy.config').get().enabled then
  vim.lsp.enable('pippy')
end
