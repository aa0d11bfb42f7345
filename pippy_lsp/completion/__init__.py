"""Ghost text: context -> prompt -> candidates -> checks -> suggestion."""
