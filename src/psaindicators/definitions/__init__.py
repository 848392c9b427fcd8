"""The rules, the indicators and the waves, from TOML files; the shipped sets and surveys."""
