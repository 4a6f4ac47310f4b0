"""The recipe behind lab/record: builds a small host, attacks it, records what audit saw."""
