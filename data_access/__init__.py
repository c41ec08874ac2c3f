"""The only room that knows SQL: schema, store, measures, queries, import, demo."""
