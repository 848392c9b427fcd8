"""What makes a variance."""
