"""Areas and their codes."""
