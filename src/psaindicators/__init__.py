"""psaindicators: survey microdata in, official figures out.

Read a survey, estimate PSA 21 indicators and National Indicators with design-based 95% intervals, judge movements,
targets and the index, and publish the outturn. Percentages run from 0 to 100.
"""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
