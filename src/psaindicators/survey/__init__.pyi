from .binding import Binding as Binding
from .check import Check as Check
from .codebook import Codebook as Codebook
