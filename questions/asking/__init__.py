"""A question in a sentence, read by grammar over what the pages can ask: no guess is made that is not shown."""
