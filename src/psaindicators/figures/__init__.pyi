from .amounts import Amounts as Amounts, Distribution as Distribution
from .disclosure import publishable as publishable
