"""Layer 2: the rules, the indicators, the waves, and the strict reader of the TOML files that hold them."""
