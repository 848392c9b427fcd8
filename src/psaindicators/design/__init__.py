"""Layer 5: a survey as its wave describes it: answers, areas, design; then its figures, in arrays or in an engine."""
