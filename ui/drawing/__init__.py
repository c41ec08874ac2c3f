"""What draws: charts, scores, maps, tables on screen, on paper and as files, cards, a case's life."""

import pandas as pd

# Pages are made of tables of some dozen rows: they take a third less time with texts that are Python's own.
pd.set_option("mode.string_storage", "python")
