"""From pairs at a child's level to a LoRA adapter that the server wears: `python -m finetune`."""
