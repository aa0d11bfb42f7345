"""What can be known of a program without a model: its syntax, its names, its modules."""
