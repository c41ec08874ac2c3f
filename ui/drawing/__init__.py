"""What draws: charts, scores, maps, tables on screen, on paper and as files, cards, a case's life."""
