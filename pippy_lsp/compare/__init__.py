"""Which model? A few of each thing that a model does here, asked of several, in one table."""
