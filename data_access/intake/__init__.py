"""How cases come in: reading, mapping, cleaning, keywords, loading, importing; and how good they are."""
