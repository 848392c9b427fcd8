from .check import Check as Check
from .codebook import Codebook as Codebook
