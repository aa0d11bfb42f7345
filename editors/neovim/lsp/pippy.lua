-- The server, for vim.lsp.enable('pippy'). Change it with vim.g.pippy or vim.lsp.config('pippy', …).
return require('pippy.config').server()
