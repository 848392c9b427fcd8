from .code_history import predecessors as predecessors, successors as successors
from .matching import match_areas as match_areas
from .vintages import area_history as area_history, areas as areas
