"""The district as data: profile and rules, programmes, working time, periods, vocabulary. Knows nothing of cases."""
