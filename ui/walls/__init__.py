"""Wall screens: one small page per wall that asks for its figures and puts them in place."""
