"""Where the language model lives: a worker process, its client, the registry of models."""
