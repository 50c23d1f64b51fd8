"""NetBox's other processes: which there are, how they hear that something changed, and how each follows."""
