"""Help for who writes a page: a template, the house rules, and a check on small stores under every role."""
