from .listing import indicator_table as indicator_table, source_table as source_table, wave_table as wave_table
