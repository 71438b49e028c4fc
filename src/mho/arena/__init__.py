"""Programming algorithms against one another on the same simulated cells."""
