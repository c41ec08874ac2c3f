"""The office's papers (简报): the pages' figures in sentences, tables and charts, as Word, Excel and on a page."""
