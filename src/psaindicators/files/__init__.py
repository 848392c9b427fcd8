"""Files as they come: strict TOML and CSV, and microdata from files and frames."""
