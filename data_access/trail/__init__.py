"""Who did what, when, from where: an append-only chain of records beside the ledger, and who is logged in."""
