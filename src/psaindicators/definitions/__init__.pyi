from .listing import indicator_table as indicator_table, wave_table as wave_table
