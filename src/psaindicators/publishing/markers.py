"""The markers of official tables and what each means: letters in square brackets, in a column of their own or a cell.

Source: "Using symbols and shorthand" (Government Statistical Service, January 2022).
"""

from __future__ import annotations

NOT_AVAILABLE, NOT_APPLICABLE = "[x]", "[z]"
MARKERS = {
    "[b]": "a break: the two figures that are compared were not measured alike",
    "[c]": "confidential: withheld so that nobody can be known by it",
    "[u]": "unreliable: no interval can be had, or too little stands behind the figure to rely on it",
    NOT_AVAILABLE: "not available: nobody in the area answered, or the figure cannot be made",
    NOT_APPLICABLE: "not applicable: there is nothing to say of the row in this column",
}
