from .assessment import Assessment as Assessment
from .counts import Counts as Counts
from .evidence import Counted as Counted, SetAside as SetAside
from .index import Figure as Figure, Index as Index, calibrated_index as calibrated_index
from .movements import Movements as Movements
from .planning import Plan as Plan
from .regions import Regions as Regions
from .reward import Rewards as Rewards, SharedReward as SharedReward
from .scores import Scores as Scores
from .shared_psus import Differences as Differences
from .targets import Targets as Targets
