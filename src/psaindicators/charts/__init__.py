"""Charts of figures with their uncertainty: what they show, and how they are drawn."""
