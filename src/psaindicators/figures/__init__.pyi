from .amounts import Amounts as Amounts, Distribution as Distribution
