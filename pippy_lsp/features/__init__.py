"""One file an LSP method: what the client says, in the domain's words, and back."""
